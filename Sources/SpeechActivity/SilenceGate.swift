import BasicContainers
public import MediaCore

/// The stage `silence.gate`: what sounds silent is not mixed.
///
/// The sound is delayed by `lookAhead` while the detector hears it at once, so the gate is open before the first syllable
/// arrives. Open, it passes every sample unchanged; closed, its frames are silent and cost nothing further on.
public struct SilenceGate: FrameFilter, ~Copyable {
    public struct Configuration: Sendable, Hashable {
        /// Nothing softer opens the gate; nil leaves it to the noise floor alone.
        public var threshold: Decibels?
        /// How far speech must stand out from the noise floor.
        public var margin = Decibels(5)
        /// By how much an open gate is easier to keep open than a closed one to open.
        public var hysteresis = Decibels(3)
        /// How long the gate stays open after the last speech.
        public var hangover = Duration.milliseconds(300)
        /// How long before speech the gate opens; the delay of the stage.
        public var lookAhead = Duration.milliseconds(20)
        /// How long opening takes.
        public var attack = Duration.milliseconds(5)
        /// How long closing takes.
        public var release = Duration.milliseconds(30)

        public init() {}

        /// The delay of a gate so configured, in samples per channel.
        public func latency(_ format: AudioFormat) -> Int {
            max(format.samples(in: lookAhead), BlockFeatures.lag(sampleRate: format.sampleRate))
        }

        func thresholds() -> SpeechDetector.Thresholds {
            .init(
                level: (threshold ?? Self.automaticThreshold).power, margin: margin.power,
                hysteresis: Decibels(-hysteresis.value).power)
        }

        /// Softer than any microphone in use.
        private static let automaticThreshold = Decibels(-70)
    }

    public let latency: Int
    private let format: AudioFormat
    private let configuration: Configuration
    private let blockValues: Int
    private let lag: Int
    private var detector: SpeechDetector
    private let hangoverBlocks: Int
    private let attackStep: Float
    private let releaseStep: Float
    /// The samples that have not left, then the frame's; interleaved.
    private var line: RigidArray<Float>
    private var lineIsSilent = true
    private var openBlocks = 0
    private var gain: Float = 0

    public init(format: AudioFormat, _ configuration: Configuration = Configuration()) {
        self.format = format
        self.configuration = configuration
        latency = configuration.latency(format)
        lag = BlockFeatures.lag(sampleRate: format.sampleRate)
        let block = DetectorBlocks(format)
        blockValues = block.samples * format.channels
        detector = SpeechDetector(configuration.thresholds(), blockSeconds: block.seconds)
        hangoverBlocks = Int((configuration.hangover.seconds / block.seconds).rounded(.up)) + 1
        attackStep = 1 / Float(max(format.samples(in: configuration.attack), 1))
        releaseStep = 1 / Float(max(format.samples(in: configuration.release), 1))
        line = RigidArray(repeating: 0, count: (latency + format.samplesPerFrame) * format.channels)
    }

    public mutating func process(_ frame: inout PCMFrame) {
        if frame.isSilent && lineIsSilent {
            openBlocks = max(openBlocks - format.valuesPerFrame / blockValues, 0)
            if openBlocks == 0 { gain = 0 }
            frame.annotations.activity = openBlocks > 0 ? .speech : .noSpeech
            return
        }
        let wasSilent = frame.isSilent
        Self.copy(frame.samples, into: &line, at: latency * format.channels)
        var isOpen = false
        frame.annotations.meanSquare = nil
        for block in 0..<(format.valuesPerFrame / blockValues) {
            let features = BlockFeatures(
                line.span, from: latency * format.channels + block * blockValues, count: blockValues,
                channels: format.channels, lag: lag)
            openBlocks = detector.judge(features) ? hangoverBlocks : max(openBlocks - 1, 0)
            if openBlocks > 0 || gain > 0 {
                isOpen = true
                emit(block, into: &frame)
            } else {
                Self.clear(&frame, from: block * blockValues, count: blockValues)
            }
        }
        finish(&frame, isOpen: isOpen, wasSilent: wasSilent)
    }

    public mutating func reset() {
        for i in line.indices { line[i] = 0 }
        lineIsSilent = true
        openBlocks = 0
        gain = 0
        detector = SpeechDetector(configuration.thresholds(), blockSeconds: DetectorBlocks(format).seconds)
    }

    /// Says what the frame has become and keeps what has not left.
    private mutating func finish(_ frame: inout PCMFrame, isOpen: Bool, wasSilent: Bool) {
        if isOpen {
            frame.annotations.activity = .speech
            frame.annotations.meanSquare = SampleKernels.meanSquare(frame.samples)
        } else {
            frame.silence()
            frame.annotations.activity = .noSpeech
        }
        Self.keepNewest(latency * format.channels, of: &line)
        lineIsSilent = wasSilent && format.samplesPerFrame >= latency
    }

    /// Lets a block of the delayed samples out, with the gain on its way to open or closed.
    private mutating func emit(_ block: Int, into frame: inout PCMFrame) {
        let start = block * blockValues
        let target: Float = openBlocks > 0 ? 1 : 0
        let step = target > gain ? attackStep : -releaseStep
        gain = Self.emit(
            line, from: start, count: blockValues, channels: format.channels, gain: gain, target: target, step: step,
            into: &frame)
    }

    private static func emit(
        _ line: borrowing RigidArray<Float>, from start: Int, count: Int, channels: Int, gain: Float, target: Float,
        step: Float, into frame: inout PCMFrame
    ) -> Float {
        let source = line.span
        var samples = frame.mutableSamples
        if gain == target && gain == 1 {
            samples.copy(source.extracting(start..<(start + count)), at: start)
            return gain
        }
        var gain = gain
        for sample in 0..<(count / channels) {
            gain = step > 0 ? min(gain + step, target) : max(gain + step, target)
            for channel in 0..<channels {
                let i = start + sample * channels + channel
                samples[i] = source[i] * gain
            }
        }
        return gain
    }

    private static func copy(_ samples: Span<Float>, into line: inout RigidArray<Float>, at start: Int) {
        var target = line.mutableSpan
        target.copy(samples, at: start)
    }

    private static func keepNewest(_ kept: Int, of line: inout RigidArray<Float>) {
        var values = line.mutableSpan
        values.keepNewest(kept)
    }

    private static func clear(_ frame: inout PCMFrame, from start: Int, count: Int) {
        var samples = frame.mutableSamples
        for i in start..<(start + count) { samples[i] = 0 }
    }
}

/// How a frame is divided for the detector: into blocks of 10 ms, or one if it is shorter.
struct DetectorBlocks {
    let samples: Int
    let seconds: Double

    init(_ format: AudioFormat) {
        let wanted = format.sampleRate / 100
        samples = format.samplesPerFrame % wanted == 0 ? wanted : format.samplesPerFrame
        seconds = Double(samples) / Double(format.sampleRate)
    }
}
