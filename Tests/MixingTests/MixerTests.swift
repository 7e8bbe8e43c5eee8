import BasicContainers
import MediaCore
import Mixing
import Testing

@Suite struct MixerTests {
    static let format = AudioFormat()

    /// Mixes whole signals, one per place, for one exclusion class; `change` may alter the bank before a tick.
    static func mix(
        _ voices: [[Float]], excluding excluded: ExclusionSet = ExclusionSet(), format: AudioFormat = format,
        _ configuration: Mixer.Configuration = .init(), limits: Bool = false,
        change: (Int, inout VoiceBank) -> Void = { _, _ in }
    ) -> [Float] {
        var bank = VoiceBank(format: format, capacity: voices.count)
        var mixer = Mixer(format: format, places: voices.count, configuration)
        var limiter = Limiter(format: format)
        var frame = PCMFrame(format: format)
        var output: [Float] = []
        let values = format.valuesPerFrame
        for tick in 0..<((voices.map(\.count).min() ?? 0) / values) {
            for place in voices.indices {
                bank.voices[place].isPresent = true
                let voice = voices[place]
                bank.frames[place].load(voice.span.extracting((tick * values)..<((tick + 1) * values)))
            }
            change(tick, &bank)
            mixer.mix(bank, excluding: excluded, into: &frame)
            if limits { limiter.process(&frame) }
            let samples = frame.samples
            for i in samples.indices { output.append(samples[i]) }
        }
        return output
    }

    @Test func `the mix is the sum, once everyone has faded in`() {
        let voices = (0..<5).map { Signal.noise(seconds: 0.2, amplitude: 0.1, seed: UInt64($0)) }
        let output = Self.mix(voices)
        let sum = Signal.sum(voices)
        for i in 480..<output.count { #expect((output[i] - sum[i]).magnitude < 1e-6) }
    }

    @Test(arguments: [false, true])
    func `one's own voice is not in one's own mix, not even in the limiter's gain`(limits: Bool) {
        let others = (1...3).map { Signal.voice(seconds: 2, seed: UInt64($0)) }
        let own = Signal.voice(seconds: 2, seed: 9)
        let silent = [Float](repeating: 0, count: own.count)
        let with = Self.mix([own] + others, excluding: ExclusionSet(0), limits: limits)
        let without = Self.mix([silent] + others, excluding: ExclusionSet(0), limits: limits)
        #expect(with == without)
        #expect((with.map(\.magnitude).max() ?? 0) > 0.5)
        if limits { #expect((Signal.sum(others).map(\.magnitude).max() ?? 0) > 1.2, "the limiter has to work") }
    }

    @Test(arguments: ["join", "leave", "gain"])
    func `every change is faded without a click`(event: String) {
        let tone = Signal.tone(100, seconds: 0.4, amplitude: 0.5)
        let output = Self.mix([tone]) { tick, bank in
            switch event {
            case "join": bank.voices[0].isSelected = tick >= 7
            case "leave": bank.voices[0].isSelected = tick < 7
            default: bank.voices[0].gain = tick < 7 ? 1 : 0.2
            }
        }
        // A ramp of 10 ms adds at most amplitude / 480 to a step.
        #expect(Signal.largestStep(output) <= Signal.largestStep(tone) + 0.5 / 480 * 1.01)
        #expect((output.map(\.magnitude).max() ?? 0) > 0.4)
    }

    @Test func `a fade that is longer than a frame goes on in the next`() {
        let ones = [Float](repeating: 1, count: 960 * 6)
        let output = Self.mix([ones], .init(fade: .milliseconds(50)))
        for i in 1..<2400 { #expect((output[i] - Float(i + 1) / 2400).magnitude < 1e-3) }
        #expect(output[2400...].allSatisfy { $0 == 1 })
    }

    @Test func `pan keeps the power, and the centre keeps the samples`() {
        let format = AudioFormat(channels: 2)
        let voice = [Float](repeating: 0.25, count: format.valuesPerFrame * 3)
        for pan in [Float(-1), -0.5, 0, 0.3, 1] {
            let output = Self.mix([voice], format: format) { _, bank in bank.voices[0].pan = pan }
            let (left, right) = (output[5000], output[5001])
            #expect((left * left + right * right - 2 * 0.0625).magnitude < 1e-5)
            if pan == 0 { #expect(left == 0.25 && right == 0.25) }
            if pan == -1 { #expect(right.magnitude < 1e-6) }
        }
    }

    @Test func `a silent room gives a silent frame`() {
        let bank = VoiceBank(format: Self.format, capacity: 4)
        var mixer = Mixer(format: Self.format, places: bank.capacity)
        var frame = PCMFrame(format: Self.format)
        mixer.mix(bank, excluding: ExclusionSet(), into: &frame)
        let isSilent = frame.isSilent
        #expect(isSilent)
    }
}
