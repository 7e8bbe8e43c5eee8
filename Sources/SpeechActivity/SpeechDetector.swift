import MediaCore

/// Tells block by block whether somebody speaks, against a noise floor that it learns.
///
/// Speech is what stands out from the floor by `margin`, in the band of voices or in that of sibilants, and is loud
/// enough at all. Once found, it may be softer by `hysteresis`.
struct SpeechDetector: Sendable {
    struct Thresholds: Sendable {
        /// Mean square below which nothing is speech.
        var level: Float
        /// Power ratio to the noise floor.
        var margin: Float
        /// Power ratio by which both are lower while speech goes on.
        var hysteresis: Float
    }

    /// What is louder is no noise floor, however steady: a held note, a hall full of people. -40 dBov.
    private static let highestFloor: Float = 1e-4
    /// Until it has heard so much, the detector takes the floor to be low: a recording may begin in mid-word.
    private static let learningSeconds = 1.0
    private static let floorWhileLearning: Float = 1e-6

    /// -90 dBov.
    private static let digitalSilence: Float = 1e-9

    private let thresholds: Thresholds
    private var voiceFloor: NoiseFloor
    private var sibilanceFloor: NoiseFloor
    private var learning: Int
    private(set) var isSpeech = false

    init(_ thresholds: Thresholds, blockSeconds: Double) {
        self.thresholds = thresholds
        voiceFloor = NoiseFloor(blockSeconds: blockSeconds)
        sibilanceFloor = NoiseFloor(blockSeconds: blockSeconds)
        learning = Int(Self.learningSeconds / blockSeconds)
    }

    /// Judges the next block.
    mutating func judge(_ features: BlockFeatures) -> Bool {
        // Digital silence says nothing about the noise around the microphone.
        guard features.level > Self.digitalSilence else {
            isSpeech = false
            return false
        }
        voiceFloor.add(features.voiceBand)
        sibilanceFloor.add(features.sibilance)
        if learning > 0 { learning -= 1 }
        let ceiling = learning > 0 ? Self.floorWhileLearning : Self.highestFloor
        let ease = isSpeech ? thresholds.hysteresis : 1
        let margin = max(thresholds.margin * ease, 1.05)
        let standsOut =
            features.voiceBand > min(voiceFloor.power, ceiling) * margin
            || features.sibilance > min(sibilanceFloor.power, ceiling) * margin
        isSpeech = standsOut && features.level > thresholds.level * ease
        return isSpeech
    }
}
