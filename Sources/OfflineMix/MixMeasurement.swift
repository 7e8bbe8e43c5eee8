import Loudness
import MediaCore

/// What a summary says of the mix as a whole, gathered tick by tick.
struct MixMeasurement: ~Copyable {
    /// A reduction of less than 0.1 dB is not counted as time.
    private static let audible: Float = 0.9886

    private var loudness: LoudnessMeter
    private var peak: Float = 0
    private var lowestGain: Float = 1
    private var lowestGainTick = 0
    private var reducedTicks = 0
    private var ticks = 0
    private var level = Timeline(.highest)
    private var gain = Timeline(.lowest)
    private let format: AudioFormat
    private let latency: Int

    /// - Parameter latency: of all stages up to the mix, in samples per channel.
    init(format: AudioFormat, latency: Int) throws {
        self.format = format
        self.latency = latency
        loudness = try LoudnessMeter(format: format)
    }

    mutating func add(_ frame: borrowing PCMFrame) {
        let framePeak = frame.isSilent ? 0 : SampleKernels.peak(frame.samples)
        peak = max(peak, framePeak)
        level.add(framePeak)
        let frameGain = frame.annotations.lowestGain
        gain.add(frameGain)
        if frameGain < Self.audible { reducedTicks += 1 }
        if frameGain < lowestGain { (lowestGain, lowestGainTick) = (frameGain, ticks) }
        loudness.add(frame.samples)
        ticks += 1
    }

    func report(to summary: inout MixSummary) {
        summary.loudness = loudness.integrated
        summary.peak = Decibels(amplitude: peak)
        let frame = format.frameDuration.seconds
        let delay = format.duration(ofSamples: latency).seconds
        summary.limiting = .init(
            deepest: Decibels(amplitude: lowestGain), position: max(Double(lowestGainTick) * frame - delay, 0),
            duration: Double(reducedTicks) * frame)
        summary.level = level
        summary.gain = gain
    }
}
