public import MediaCore

/// `silence.gate`: what sounds silent is not mixed.
///
/// The decision is taken on what arrives, once per block of about 10 ms, and the audio leaves `lookAhead` later; so the
/// gate has opened before a word's first sound goes out. Open, it gives the delayed input bit for bit; closed, silent
/// frames that later stages skip. Output and decisions do not depend on the frame size.
///
/// A steady sound is taken for noise after 1.6 s unless it has more than -34 dBov in one octave (the highest floor, -40,
/// and the margin). So a loud note is held as long as it lasts, and a fan or hum below that is not heard.
public struct SilenceGate: FrameFilter, ~Copyable {
    public let latency: Int
    private let format: AudioFormat
    private var detector: SpeechDetector
    private var delay: DelayLine
    private var fader: Fader

    public init(format: AudioFormat, _ configuration: Configuration = Configuration()) {
        self.format = format
        latency = configuration.latency(format)
        detector = SpeechDetector(format: format, configuration: configuration, delay: configuration.lookAhead)
        delay = DelayLine(format: format, latency: latency)
        fader = Fader(
            attack: format.samples(in: configuration.attack), release: format.samples(in: configuration.release),
            floor: configuration.floor.amplitude)
    }

    /// Replaces the frame by the gated frame of `latency` samples ago, and says in its annotations whether that is speech
    /// and how loud. A fade counts as speech.
    public mutating func process(_ frame: inout PCMFrame) {
        if frame.isSilent && delay.isSilent { return passSilence(&frame) }
        delay.push(&frame)
        var isAudible = false
        var isSpeech = false
        var start = 0
        while start < format.samplesPerFrame {
            let end = min(start + detector.samplesUntilDecision, format.samplesPerFrame)
            if !fader.isClosed { isSpeech = true }
            if !isAudible && !(fader.isClosed && fader.floor == 0) {
                isAudible = true
                delay.copyDelayed(into: &frame)
                zero(&frame, 0..<start)
            }
            if isAudible { fade(&frame, start..<end) }
            Self.hear(delay, (start * format.channels)..<(end * format.channels), with: &detector)
            fader.isOpening = detector.isActive
            start = end
        }
        annotate(&frame, isAudible: isAudible, isSpeech: isSpeech)
    }

    public mutating func reset() {
        detector.reset()
        delay.reset()
        fader.isOpening = false
        fader.settle()
    }

    public var stateBytes: Int { detector.stateBytes + delay.stateBytes + fader.stateBytes }

    public func save(into image: inout StateImage) {
        detector.save(into: &image)
        delay.save(into: &image)
        fader.save(into: &image)
    }

    public mutating func restore(from image: inout StateImage) {
        detector.restore(from: &image)
        delay.restore(from: &image)
        fader.restore(from: &image)
    }

    /// Digital silence before and behind: nothing but the time goes on.
    private mutating func passSilence(_ frame: inout PCMFrame) {
        detector.hearSilence(format.samplesPerFrame)
        fader.isOpening = detector.isActive
        fader.settle()
        frame.silence()
        frame.annotations.activity = .noSpeech
    }

    /// A span of one field would hold the whole gate: so the fields are passed one by one.
    private static func hear(_ delay: borrowing DelayLine, _ values: Range<Int>, with detector: inout SpeechDetector) {
        detector.hear(delay.newest.extracting(values))
    }

    private mutating func fade(_ frame: inout PCMFrame, _ range: Range<Int>) {
        if fader.isOpen { return }
        if fader.isClosed && fader.floor == 0 { return zero(&frame, range) }
        var values = frame.mutableSamples
        fader.apply(to: &values, range, channels: format.channels)
    }

    /// Zeros a range of samples (per channel).
    private func zero(_ frame: inout PCMFrame, _ range: Range<Int>) {
        var values = frame.mutableSamples
        for i in (range.lowerBound * format.channels)..<(range.upperBound * format.channels) { values[i] = 0 }
    }

    private func annotate(_ frame: inout PCMFrame, isAudible: Bool, isSpeech: Bool) {
        let meanSquare = isAudible ? SampleKernels.meanSquare(frame.samples) : 0
        guard meanSquare > 0 else {
            frame.silence()
            frame.annotations.activity = .noSpeech
            return
        }
        frame.annotations.activity = isSpeech ? .speech : .noSpeech
        frame.annotations.meanSquare = meanSquare
    }
}
