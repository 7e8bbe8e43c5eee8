import Foundation
import MediaCore
import SpeechActivity
import Testing

@Suite struct GateTests {
    static let format = AudioFormat()

    /// Runs samples through a gate, whole frames, and gives what came out, its delay still in it.
    static func run(
        _ input: [Float], format: AudioFormat = format, _ configuration: SilenceGate.Configuration = .init(),
        each: (borrowing PCMFrame) -> Void = { _ in }
    ) -> [Float] {
        var gate = SilenceGate(format: format, configuration)
        var frame = PCMFrame(format: format)
        var output: [Float] = []
        for start in stride(from: 0, through: input.count - format.valuesPerFrame, by: format.valuesPerFrame) {
            frame.load(input.span.extracting(start..<(start + format.valuesPerFrame)))
            gate.process(&frame)
            each(frame)
            let samples = frame.samples
            for i in samples.indices { output.append(samples[i]) }
        }
        return output
    }

    /// Noise with a burst of something like a vowel in it.
    static func burst(
        at start: Double, lasting: Double, total: Double, noise: Double = -60, format: AudioFormat = format
    ) -> [Float] {
        let rate = Double(format.sampleRate)
        let count = Int(total * rate)
        let floor = Recording.noise(.white, count: count, rate: format.sampleRate, level: Decibels(noise), seed: 4)
        return (0..<(count * format.channels)).map { index in
            let i = index / format.channels
            let time = Double(i) / rate
            let isOn = time >= start && time < start + lasting
            let voice = [1.0, 2, 3, 5, 8].reduce(0) { $0 + sin(2 * .pi * 170 * $1 * time) / $1 }
            return floor[i] + (isOn ? Float(0.1 * voice) : 0)
        }
    }

    @Test func `open, it only delays; closed, it is silent`() {
        let input = Self.burst(at: 2, lasting: 1, total: 4)
        let latency = SilenceGate.Configuration().latency(Self.format)
        let output = Self.run(input)
        #expect(latency == 960)
        #expect(Array(output[(96_000 + latency)..<(144_000 + latency)]) == Array(input[96_000..<144_000]))
        #expect(output[80_000..<90_000].allSatisfy { $0 == 0 })
        #expect(output[180_000...].allSatisfy { $0 == 0 })
    }

    @Test func `frames say whether they hold speech`() {
        var told: [VoiceActivity] = []
        var levels: [Float?] = []
        _ = Self.run(Self.burst(at: 2, lasting: 1, total: 4)) { frame in
            told.append(frame.annotations.activity)
            levels.append(frame.annotations.meanSquare)
            if frame.annotations.activity == .noSpeech { #expect(frame.samples.count == 960) }
        }
        #expect(told[95] == .noSpeech && told[120] == .speech && told[199] == .noSpeech)
        #expect((levels[120] ?? 0) > 0.001)
    }

    @Test(arguments: [100, 300, 800])
    func `the gate stays open for the hangover`(milliseconds: Int) {
        var configuration = SilenceGate.Configuration()
        configuration.hangover = .milliseconds(milliseconds)
        let output = Self.run(Self.burst(at: 2, lasting: 1, total: 5), configuration)
        let end = 144_000 + milliseconds * 48 + 960
        #expect(output[(end - 1900)..<(end - 960)].contains { $0 != 0 })
        #expect(output[(end + 2400)...].allSatisfy { $0 == 0 })
    }

    @Test func `neither opening nor closing makes a step`() {
        let input = Self.burst(at: 2.003, lasting: 0.5, total: 4, noise: -40)
        let steps = { (samples: [Float]) in
            zip(samples, samples.dropFirst()).reduce(Float(0)) { max($0, ($1.0 - $1.1).magnitude) }
        }
        #expect(steps(Self.run(input)) <= steps(input))
    }

    @Test func `a noise that grows is learnt within three seconds`() {
        let quiet = Recording.noise(.white, count: 48_000 * 5, rate: 48_000, level: Decibels(-65), seed: 1)
        let loud = Recording.noise(.white, count: 48_000 * 6, rate: 48_000, level: Decibels(-48), seed: 2)
        let output = Self.run(quiet + loud)
        #expect(output[(48_000 * 5)..<(48_000 * 6)].contains { $0 != 0 }, "at first it might be speech")
        #expect(output[(48_000 * 8)...].allSatisfy { $0 == 0 })
    }

    @Test func `digital silence never opens the gate, and does not count as a low noise floor`() {
        #expect(Self.run([Float](repeating: 0, count: 96_000)).allSatisfy { $0 == 0 })
        let noise = Recording.noise(.white, count: 48_000 * 4, rate: 48_000, level: Decibels(-55), seed: 1)
        let output = Self.run(noise + [Float](repeating: 0, count: 48_000 * 4) + noise)
        #expect(output[(48_000 * 8)...].allSatisfy { $0 == 0 })
    }

    @Test func `nothing softer than the threshold opens the gate`() {
        var configuration = SilenceGate.Configuration()
        configuration.threshold = Decibels(-15)
        #expect(Self.run(Self.burst(at: 2, lasting: 1, total: 4), configuration).allSatisfy { $0 == 0 })
    }

    @Test func `a held note that is loud stays`() {
        let note = (0..<(48_000 * 8)).map { 0.2 * Float(sin(2 * .pi * 440 * Double($0) / 48_000)) }
        let output = Self.run(note)
        #expect(Array(output[(48_000 * 7)...]) == Array(note[(48_000 * 7 - 960)..<(48_000 * 8 - 960)]))
    }

    @Test(arguments: [8000, 16_000, 48_000], [5, 10, 20, 40, 120])
    func `every rate and frame size opens in time`(rate: Int, halfMilliseconds: Int) {
        let format = AudioFormat(sampleRate: rate, samplesPerFrame: rate * halfMilliseconds / 2000)
        let input = Self.burst(at: 2, lasting: 1, total: 4, format: format)
        let latency = SilenceGate.Configuration().latency(format)
        let output = Self.run(input, format: format)
        #expect(Array(output[(2 * rate + latency)..<(3 * rate + latency)]) == Array(input[(2 * rate)..<(3 * rate)]))
        #expect(output[(rate + rate / 2)..<(rate + rate * 3 / 4)].allSatisfy { $0 == 0 })
    }

    @Test func `stereo opens for either side and keeps both`() {
        let format = AudioFormat(channels: 2)
        var input = Self.burst(at: 2, lasting: 1, total: 4, format: format)
        for i in stride(from: 0, to: input.count, by: 2) { input[i] *= 0.01 }
        let output = Self.run(input, format: format)
        #expect(Array(output[194_000..<280_000]) == Array(input[(194_000 - 1920)..<(280_000 - 1920)]))
    }

    @Test func `reset is as new`() {
        let input = Self.burst(at: 0.5, lasting: 0.5, total: 2)
        var gate = SilenceGate(format: Self.format)
        var frame = PCMFrame(format: Self.format)
        var runs: [[Float]] = [[], []]
        for run in 0..<2 {
            for start in stride(from: 0, to: input.count, by: 960) {
                frame.load(input.span.extracting(start..<(start + 960)))
                gate.process(&frame)
                let samples = frame.samples
                for i in samples.indices { runs[run].append(samples[i]) }
            }
            gate.reset()
        }
        #expect(runs[0] == runs[1])
    }

    @Test func `the meter hears speech without touching it`() {
        var meter = ActivityMeter(format: Self.format)
        var heard: [Bool] = []
        var frame = PCMFrame(format: Self.format)
        let input = Self.burst(at: 2, lasting: 1, total: 4)
        for start in stride(from: 0, to: input.count, by: 960) {
            frame.load(input.span.extracting(start..<(start + 960)))
            heard.append(meter.hasSpeech(frame))
        }
        #expect(!heard[90] && heard[101] && heard[140] && !heard[190])
    }
}
