import MediaCore
import Mixing
import Testing

@Suite struct LimiterTests {
    static let format = AudioFormat()

    /// Runs mono samples through a limiter, whole frames, and takes the delay out.
    static func limit(_ input: [Float], format: AudioFormat = format, _ configuration: Limiter.Configuration = .init())
        -> [Float]
    {
        var limiter = Limiter(format: format, configuration)
        let latency = limiter.latency
        let padded = input + [Float](repeating: 0, count: latency + format.samplesPerFrame)
        return Array(
            Signal.process(padded, format: format) { limiter.process(&$0) }.dropFirst(latency).prefix(input.count))
    }

    /// Eight talkers, each at full scale, and worse.
    static let loud: [(String, [Float])] = [
        ("eight voices", Signal.sum((0..<8).map { Signal.voice(seconds: 3, seed: UInt64($0 + 1)) })),
        ("noise", Signal.noise(seconds: 1, amplitude: 4, seed: 5)),
        ("square", (0..<48_000).map { ($0 / 37) % 2 == 0 ? 2 : -2 }),
        ("saw", (0..<48_000).map { Float($0 % 109) / 20 - 2.7 }),
        ("clicks", (0..<48_000).map { $0 % 4801 == 0 ? 8 : 0 }),
        ("a tone 6 dB over", Signal.tone(1000, seconds: 2, amplitude: 2)),
        ("a tone between the samples", Signal.tone(12_000, seconds: 1, amplitude: 1.4, phase: 0.125)),
    ]

    @Test(arguments: loud.map(\.0))
    func `nothing leaves above the ceiling, not between the samples either`(name: String) throws {
        let input = try #require(Self.loud.first { $0.0 == name }).1
        let output = Self.limit(input)
        let ceiling = Decibels(-1).amplitude
        let samplePeak = output.map(\.magnitude).max() ?? 0
        let truePeak = Signal.truePeakBS1770(output)
        #expect(samplePeak <= ceiling)
        #expect(truePeak <= ceiling, "\(name): \(Decibels(amplitude: truePeak).value) dBTP")
        // White noise reaches up to half the sample rate, where no two finite interpolators agree: there the
        // standard's meter alone counts. Everything else is held to a longer one, too.
        if name != "noise" { #expect(Signal.truePeak(output) <= ceiling, "\(name)") }
        #expect(truePeak > ceiling * 0.7, "it is a limiter, not a mute")
    }

    @Test func `what is 6 dB under the ceiling is not touched`() {
        let tone = Signal.tone(997, seconds: 2, amplitude: Decibels(-7).amplitude)
        #expect(Self.limit(tone) == tone)
    }

    @Test func `a steady tone over the ceiling is only turned down`() {
        let output = Self.limit(Signal.tone(1000, seconds: 2, amplitude: 2))
        #expect(Signal.distortion(Array(output[24_000..<72_000]), frequency: 1000) < -60)
    }

    @Test(arguments: [(8000, 1), (16_000, 2), (48_000, 1), (48_000, 2)], [5, 20, 40, 120])
    func `the delay is what it says, at every rate, frame and channel count`(
        shape: (rate: Int, channels: Int), halfMilliseconds: Int
    ) {
        let channels = shape.channels
        let format = AudioFormat(
            sampleRate: shape.rate, channels: channels, samplesPerFrame: shape.rate * halfMilliseconds / 2000)
        var limiter = Limiter(format: format)
        var impulse = [Float](repeating: 0, count: format.valuesPerFrame * 60)
        for channel in 0..<channels { impulse[4 * channels + channel] = 0.25 }
        let output = Signal.process(impulse, format: format) { limiter.process(&$0) }
        #expect(output[(4 + limiter.latency) * channels] == 0.25)
        #expect(output.filter { $0 != 0 }.count == channels)
    }

    @Test func `samples that are no numbers do not stay`() {
        var input = Signal.tone(500, seconds: 1, amplitude: 0.4)
        input[5000] = .nan
        input[9000] = .infinity
        let output = Self.limit(input)
        #expect(output.allSatisfy { $0.isFinite })
        #expect(Array(output[40_000...]) == Array(input[40_000...]))
    }

    @Test func `gain changes leave no click`() {
        // A soft tone with a loud burst in the middle: no step may be larger than those of the burst itself.
        var input = Signal.tone(200, seconds: 1, amplitude: 0.1)
        for i in 20_000..<28_000 { input[i] *= 30 }
        let output = Self.limit(input)
        let allowed = Signal.largestStep(Signal.tone(200, seconds: 1, amplitude: Decibels(-1).amplitude)) * 1.05
        #expect(Signal.largestStep(Array(output[..<19_500])) <= allowed)
        #expect(Signal.largestStep(Array(output[28_200...])) <= allowed)
    }

    @Test func `stereo is turned down together`() {
        let format = AudioFormat(channels: 2)
        var limiter = Limiter(format: format)
        let left = Signal.tone(1000, seconds: 1, amplitude: 3)
        let input = left.flatMap { [$0, $0 * 0.25] }
        let output = Signal.process(input, format: format) { limiter.process(&$0) }
        for i in stride(from: 20_000, to: 90_000, by: 2) {
            #expect((output[i] * 0.25 - output[i + 1]).magnitude < 1e-6)
        }
    }

    @Test func `the lowest gain is told`() {
        var limiter = Limiter(format: Self.format)
        var lowest: Float = 1
        _ = Signal.process(Signal.tone(1000, seconds: 1, amplitude: 2), format: Self.format) {
            limiter.process(&$0)
            lowest = min(lowest, $0.annotations.lowestGain)
        }
        #expect((Decibels(amplitude: lowest).value + 7.1).magnitude < 0.2)
    }
}
