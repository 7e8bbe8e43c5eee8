public import MediaCore

/// Tells whether somebody speaks, without touching the sound: for statistics where a pipeline has no gate.
public struct ActivityMeter: Sendable {
    private let format: AudioFormat
    private let blockValues: Int
    private let lag: Int
    private let hangoverBlocks: Int
    private var detector: SpeechDetector
    private var openBlocks = 0

    public init(format: AudioFormat) {
        self.format = format
        let blocks = DetectorBlocks(format)
        blockValues = blocks.samples * format.channels
        lag = BlockFeatures.lag(sampleRate: format.sampleRate)
        hangoverBlocks = Int(0.2 / blocks.seconds)
        detector = SpeechDetector(SilenceGate.Configuration().thresholds(), blockSeconds: blocks.seconds)
    }

    /// Hears the next frame.
    /// - Returns: whether there is speech in it, or was within the last 200 ms.
    public mutating func hasSpeech(_ frame: borrowing PCMFrame) -> Bool {
        var found = false
        for block in 0..<(format.valuesPerFrame / blockValues) {
            var features = BlockFeatures()
            if !frame.isSilent {
                // The first samples of a frame have nothing before them here; the rest is enough to judge by.
                let before = block == 0 ? lag * format.channels : 0
                features = BlockFeatures(
                    frame.samples, from: block * blockValues + before, count: blockValues - before,
                    channels: format.channels, lag: lag)
            }
            openBlocks = detector.judge(features) ? hangoverBlocks : max(openBlocks - 1, 0)
            if openBlocks > 0 { found = true }
        }
        return found
    }
}
