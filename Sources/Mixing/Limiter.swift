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
    /// For each channel the samples that have not left, then the frame's.
    private var lines: RigidArray<RigidArray<Float>>
    private var peaks: RigidArray<Float>
    private var gains: RigidArray<Float>
    /// Samples per channel since the last that was not zero; once all of the lines are zero, silence passes as silence.
    private var silentSamples: Int
    /// Samples per channel since the last frame that could have had a true peak above the ceiling.
    private var harmlessSamples: Int

    /// Samples that the lines keep from frame to frame.
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
        lines = RigidArray(capacity: format.channels)
        for _ in 0..<format.channels { lines.append(RigidArray(repeating: 0, count: kept + frame)) }
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
        for channel in lines.indices { Self.keepNewest(&lines[channel], kept) }
    }

    public mutating func reset() {
        for channel in lines.indices { for i in lines[channel].indices { lines[channel][i] = 0 } }
        envelope.reset()
        silentSamples = kept
        harmlessSamples = kept
    }

    /// Puts a frame's samples behind the lines; what is not a number becomes silence.
    /// - Returns: the largest magnitude.
    private mutating func take(_ frame: borrowing PCMFrame) -> Float {
        let samples = frame.samples
        let isSound = SampleKernels.energy(samples).isFinite
        for channel in lines.indices {
            Self.deinterleave(samples, channel, format.channels, isSound: isSound, into: &lines[channel], at: kept)
        }
        guard isSound else { return .greatestFiniteMagnitude }
        return SampleKernels.peak(samples)
    }

    private static func deinterleave(
        _ samples: Span<Float>, _ channel: Int, _ channels: Int, isSound: Bool, into line: inout RigidArray<Float>,
        at start: Int
    ) {
        var target = line.mutableSpan
        for i in 0..<(samples.count / channels) {
            let value = samples[i * channels + channel]
            target[start + i] = isSound || value.magnitude < 1e6 ? value : 0
        }
    }

    /// Turns the true peaks of all channels into the gains that they need.
    private mutating func measure() {
        for i in peaks.indices { peaks[i] = 0 }
        let start = kept - TruePeakDetector.reach
        Self.measure(detector, lines, from: start, threshold: ceiling, into: &peaks)
        for i in peaks.indices {
            let peak = peaks[i]
            peaks[i] = peak > ceiling ? ceiling / peak : 1
        }
    }

    private static func measure(
        _ detector: borrowing TruePeakDetector, _ lines: borrowing RigidArray<RigidArray<Float>>, from start: Int,
        threshold: Float, into peaks: inout RigidArray<Float>
    ) {
        var target = peaks.mutableSpan
        for channel in lines.indices {
            detector.measure(
                lines[channel].span, from: start, count: target.count, threshold: threshold, into: &target)
        }
    }

    /// The samples that leave, as they came.
    private mutating func give(_ frame: inout PCMFrame) {
        let (channels, start) = (format.channels, kept - latency)
        var samples = frame.mutableSamples
        for channel in lines.indices {
            for i in 0..<(samples.count / channels) { samples[i * channels + channel] = lines[channel][start + i] }
        }
    }

    /// The samples that leave, with their gains.
    private mutating func giveReduced(_ frame: inout PCMFrame) {
        let (channels, start) = (format.channels, kept - latency)
        var samples = frame.mutableSamples
        for channel in lines.indices {
            for i in 0..<(samples.count / channels) {
                samples[i * channels + channel] = lines[channel][start + i] * gains[i]
            }
        }
    }

    private static func keepNewest(_ line: inout RigidArray<Float>, _ kept: Int) {
        var values = line.mutableSpan
        values.keepNewest(kept)
    }
}
