public import MediaCore

/// Tells which frames hold speech and leaves them as they are: the gate's detector without its delay and its gain.
///
/// It measures speaking time where a pipeline has no gate, and agrees with a gate of the same configuration.
public struct ActivityMeter: ~Copyable {
    private let format: AudioFormat
    private var detector: SpeechDetector

    /// - Parameter configuration: its `threshold`, `margin`, `hysteresis` and `hangover` count, the rest is the gate's. The
    ///   hangover of the default is that of ITU-T P.56.
    public init(format: AudioFormat, _ configuration: SilenceGate.Configuration = .init(hangover: .milliseconds(200))) {
        self.format = format
        detector = SpeechDetector(format: format, configuration: configuration)
    }

    /// Hears the next frame.
    /// - Returns: whether any of it is speech, hangover included.
    public mutating func hasSpeech(_ frame: borrowing PCMFrame) -> Bool {
        precondition(frame.format == format, "a frame of another format")
        var isSpeech = detector.isActive
        if frame.isSilent {
            detector.hearSilence(format.samplesPerFrame)
            return isSpeech
        }
        var start = 0
        while start < format.samplesPerFrame {
            let end = min(start + detector.samplesUntilDecision, format.samplesPerFrame)
            detector.hear(frame.samples.extracting((start * format.channels)..<(end * format.channels)))
            isSpeech = isSpeech || detector.isActive
            start = end
        }
        return isSpeech
    }

    /// Forgets everything heard so far, as if new.
    public mutating func reset() { detector.reset() }
}
