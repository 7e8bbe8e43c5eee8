import BasicContainers
public import MediaCore

/// The stage `limit`: nothing leaves above the ceiling, not even between the samples.
///
/// A look-ahead limiter: the sound is delayed, so that the gain is down before the peak arrives and no wave is bent. Where
/// nothing is too loud, the gain is exactly 1 and the samples are untouched. Stereo is linked: both sides get one gain.
public struct Limiter: FrameFilter, ~Copyable {
    public struct Configuration: Sendable, Hashable {
        /// The highest true peak, in dBFS.
        public var ceiling: Decibels
        /// How long before a peak the gain begins to fall.
        public var lookAhead: Duration
        /// The time constant of the way back.
        public var release: Duration

        public init(
            ceiling: Decibels = Decibels(-1), lookAhead: Duration = .milliseconds(5),
            release: Duration = .milliseconds(80)
        ) {
            self.ceiling = ceiling
            self.lookAhead = lookAhead
            self.release = release
        }

        /// The delay of a limiter so configured, in samples per channel.
        public func latency(_ format: AudioFormat) -> Int { samples(format) + TruePeakDetector.reach }

        func samples(_ format: AudioFormat) -> Int { max(format.samples(in: lookAhead), TruePeakDetector.reach) }
    }

    /// For what the interpolator and the moving gain leave over: 0.15 dB below the ceiling.
    private static let margin = Decibels(-0.15)

    public let latency: Int
    private let format: AudioFormat
    private let ceiling: Float
    private let lookAhead: Int
    private let detector = TruePeakDetector()
    private var envelope: GainEnvelope
    /// The samples that have not left, then the frame's; interleaved.
    private var line: RigidArray<Float>
    /// One side of the line, where there are two.
    private var side: RigidArray<Float>
    private var peaks: RigidArray<Float>
    private var gains: RigidArray<Float>
    /// Samples per channel since the last that was not zero; once all of the line is zero, silence passes as silence.
    private var silentSamples: Int
    /// Samples per channel since the last frame that could have had a true peak above the ceiling.
    private var harmlessSamples: Int

    /// Samples per channel that the line keeps from frame to frame.
    private var kept: Int { lookAhead + 2 * TruePeakDetector.reach }

    public init(format: AudioFormat, _ configuration: Configuration = Configuration()) {
        self.format = format
        lookAhead = configuration.samples(format)
        latency = configuration.latency(format)
        ceiling = Decibels(configuration.ceiling.value + Self.margin.value).amplitude
        let frame = format.samplesPerFrame
        envelope = GainEnvelope(
            lookAhead: lookAhead, releaseSamples: configuration.release.seconds * Double(format.sampleRate),
            frame: frame)
        let kept = lookAhead + 2 * TruePeakDetector.reach
        line = RigidArray(repeating: 0, count: (kept + frame) * format.channels)
        side = RigidArray(repeating: 0, count: format.channels == 1 ? 0 : kept + frame)
        peaks = RigidArray(repeating: 0, count: frame)
        gains = RigidArray(repeating: 1, count: frame)
        silentSamples = kept
        harmlessSamples = kept
    }

    public mutating func process(_ frame: inout PCMFrame) {
        if frame.isSilent && silentSamples >= kept && envelope.isAtRest { return }
        silentSamples = frame.isSilent ? silentSamples + format.samplesPerFrame : 0
        let peak = take(frame)
        let isHarmless = harmlessSamples >= kept && peak * detector.worstGain <= ceiling
        harmlessSamples = peak * detector.worstGain <= ceiling ? harmlessSamples + format.samplesPerFrame : 0
        if isHarmless && envelope.isAtRest {
            give(&frame)
        } else {
            measure()
            let lowest = envelope.process(peaks, into: &gains)
            frame.annotations.lowestGain = min(frame.annotations.lowestGain, lowest)
            lowest < 1 ? giveReduced(&frame) : give(&frame)
        }
        Self.keepNewest(&line, kept * format.channels)
    }

    public mutating func reset() {
        for i in line.indices { line[i] = 0 }
        envelope.reset()
        silentSamples = kept
        harmlessSamples = kept
    }

    public var stateBytes: Int {
        kept * format.channels * MemoryLayout<Float>.stride + envelope.stateBytes + 2 * MemoryLayout<Int>.size
    }

    public func save(into image: inout StateImage) {
        image.write(line.span.extracting(first: kept * format.channels))
        envelope.save(into: &image)
        image.write(silentSamples)
        image.write(harmlessSamples)
    }

    public mutating func restore(from image: inout StateImage) {
        Self.read(kept * format.channels, of: &line, from: &image)
        envelope.restore(from: &image)
        silentSamples = image.read()
        harmlessSamples = image.read()
    }

    private static func read(_ count: Int, of line: inout RigidArray<Float>, from image: inout StateImage) {
        var values = line.mutableSpan
        image.read(count, into: &values)
    }

    /// Puts a frame's samples behind the line; what is not a number becomes silence.
    /// - Returns: the largest magnitude.
    private mutating func take(_ frame: borrowing PCMFrame) -> Float {
        let samples = frame.samples
        let peak = SampleKernels.peak(samples)
        Self.append(samples, to: &line, at: kept * format.channels)
        // The squares of a frame of such samples add up to a finite number.
        if peak < 1e16 || SampleKernels.energy(samples).isFinite { return peak }
        for i in (kept * format.channels)..<line.count where !(line[i].magnitude < 1e6) { line[i] = 0 }
        return .greatestFiniteMagnitude
    }

    private static func append(_ samples: Span<Float>, to line: inout RigidArray<Float>, at start: Int) {
        var target = line.mutableSpan
        target.copy(samples, at: start)
    }

    /// Turns the true peaks of all channels into the gains that they need.
    private mutating func measure() {
        for i in peaks.indices { peaks[i] = 0 }
        let start = kept - TruePeakDetector.reach
        if format.channels == 1 {
            Self.measure(detector, line, from: start, threshold: ceiling, into: &peaks)
        } else {
            for channel in 0..<format.channels {
                Self.separate(line, channel, of: format.channels, into: &side)
                Self.measure(detector, side, from: start, threshold: ceiling, into: &peaks)
            }
        }
        Self.turnIntoGains(&peaks, ceiling)
    }

    private static func separate(
        _ line: borrowing RigidArray<Float>, _ channel: Int, of channels: Int, into side: inout RigidArray<Float>
    ) {
        let source = line.span
        var target = side.mutableSpan
        for i in target.indices { target[i] = source[i * channels + channel] }
    }

    private static func measure(
        _ detector: borrowing TruePeakDetector, _ line: borrowing RigidArray<Float>, from start: Int,
        threshold: Float, into peaks: inout RigidArray<Float>
    ) {
        var target = peaks.mutableSpan
        detector.measure(line.span, from: start, threshold: threshold, into: &target)
    }

    private static func turnIntoGains(_ peaks: inout RigidArray<Float>, _ ceiling: Float) {
        var values = peaks.mutableSpan
        for i in values.indices { values[i] = ceiling / max(values[i], ceiling) }
    }

    /// The samples that leave, as they came.
    private mutating func give(_ frame: inout PCMFrame) {
        let start = (kept - latency) * format.channels
        var samples = frame.mutableSamples
        samples.copy(line.span.extracting(start..<(start + samples.count)))
    }

    /// The samples that leave, with their gains.
    private mutating func giveReduced(_ frame: inout PCMFrame) {
        let (channels, start) = (format.channels, (kept - latency) * format.channels)
        var samples = frame.mutableSamples
        let (source, gains) = (line.span.extracting(start..<(start + samples.count)), gains.span)
        if channels == 1 {
            for i in samples.indices { samples[i] = source[i] * gains[i] }
        } else {
            for i in samples.indices { samples[i] = source[i] * gains[i / channels] }
        }
    }

    private static func keepNewest(_ line: inout RigidArray<Float>, _ kept: Int) {
        var values = line.mutableSpan
        values.keepNewest(kept)
    }
}
