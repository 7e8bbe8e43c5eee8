import Loudness
import MediaCore
import SpeechActivity

/// What a summary says of one participant, gathered frame by frame. Frames without speech cost next to nothing.
struct TrackMeasurement: ~Copyable {
    private var loudness: LoudnessMeter
    private var activityMeter: ActivityMeter
    private var speakingTicks = 0
    private var peak: Float = 0
    private(set) var activity = Timeline(.sum)
    private let format: AudioFormat

    init(format: AudioFormat) throws {
        self.format = format
        loudness = try LoudnessMeter(format: format)
        activityMeter = ActivityMeter(format: format)
    }

    /// Ticks before the participant was there.
    mutating func addAbsence() { activity.add(0) }

    mutating func add(_ frame: borrowing PCMFrame) {
        let speaks =
            switch frame.annotations.activity {
            case .speech: true
            case .noSpeech: false
            case .unknown: activityMeter.hasSpeech(frame)
            }
        activity.add(speaks ? 1 : 0)
        speakingTicks += speaks ? 1 : 0
        guard !frame.isSilent else { return }
        peak = max(peak, SampleKernels.peak(frame.samples))
        loudness.add(frame.samples)
    }

    /// Puts the results into a summary.
    func report(to summary: inout MixSummary.Participant, gain: Decibels) {
        summary.speaking = Double(speakingTicks) * format.frameDuration.seconds
        summary.loudness = loudness.integrated.map { $0 + gain.value }
        summary.peak = Decibels(Decibels(amplitude: peak).value + gain.value)
        summary.activity = activity
    }
}
