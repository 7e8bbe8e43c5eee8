import Glibc
import MediaCore
import PipelineSpec

/// A stage of one's own: the level goes up and down, like an old amplifier's.
struct Tremolo: FrameFilter, ~Copyable {
    let rate: Double
    let depth: Float
    var latency: Int { 0 }
    private var phase = 0.0

    init(rate: Double, depth: Float) {
        self.rate = rate
        self.depth = depth
    }

    mutating func process(_ frame: inout PCMFrame) {
        guard !frame.isSilent else { return }
        let (channels, step) = (frame.format.channels, rate / Double(frame.format.sampleRate))
        var samples = frame.mutableSamples
        for sample in 0..<(samples.count / channels) {
            let gain = 1 - depth * Float(0.5 - 0.5 * cos(2 * Double.pi * phase))
            for channel in 0..<channels { samples[sample * channels + channel] *= gain }
            phase += step
        }
        phase -= phase.rounded(.down)
    }

    mutating func reset() { phase = 0 }

    var stateBytes: Int { MemoryLayout<Double>.size }
    func save(into image: inout StateImage) { image.write(phase) }
    mutating func restore(from image: inout StateImage) { phase = image.read() }

    static let descriptor = StageDescriptor(
        kind: "tremolo",
        summary: "Makes the level go up and down.",
        scopes: [.participant, .room],
        parameters: [
            Parameter("rate", .frequency(0.1...20), default: .frequency(5), "how often"),
            Parameter("depth", .percentage(0...100), default: .percentage(50), "how far down"),
        ],
        builder: .frameFilter { arguments, _ in
            Tremolo(rate: arguments.frequency("rate"), depth: Float(arguments.percentage("depth") / 100))
        })
}
