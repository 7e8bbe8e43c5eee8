import AudioFile
import Foundation
import MediaCore
import OfflineMix
import ShippedPipelines
import Testing

@Suite struct OfflineMixTests {
    @Test func `the mix is the sum of the recordings, to the sample`() throws {
        let fixture = try Fixture()
        let a = Tone.sine(300, count: 48_000)
        let b = Tone.sine(500, count: 30_001)
        let result = try fixture.mix([fixture.record("a", a), fixture.record("b", b)])
        #expect(result.samples.count == 48_000)
        for i in 480..<29_500 { #expect((result.samples[i] - a[i] - b[i]).magnitude < 1e-6) }
        for i in 30_001..<47_000 { #expect((result.samples[i] - a[i]).magnitude < 1e-6) }
    }

    @Test(arguments: ["meeting", "podcast", "guild-voice", "stage", "passthrough"])
    func `every shipped pipeline mixes the sample meeting`(pipeline: String) throws {
        let fixture = try Fixture(pipeline)
        let inputs = try InputResolver.resolve([Fixture.meeting])
        let file = fixture.path("mix.opus")
        let summary = try OfflineMixer(
            MixRequest(plan: fixture.plan, inputs: inputs, output: MixTarget(path: file, format: .audio(.opus)))
        ).run()
        #expect(summary.duration == 40)
        #expect(summary.participants.map(\.name) == ["alice", "bob", "carol", "dave"])
        #expect(summary.participants.allSatisfy { $0.speaking > 3 && $0.speaking < 30 })
        #expect((summary.participants.reduce(0) { $0 + $1.share } - 1).magnitude < 1e-9)
        if pipeline != "passthrough" { #expect(summary.peak <= Decibels(-1)) }
        let reader = try OggOpusReader(path: file)
        #expect(reader.duration == 40 * 48_000)
    }

    @Test(arguments: [(48, "2.5"), (48, "10"), (48, "60"), (24, "20"), (16, "5"), (12, "40"), (8, "20")])
    func `every rate and frame size gives the same meeting`(kilohertz: Int, milliseconds: String) throws {
        let text = try #require(ShippedPipelines.text(named: "meeting"))
            .replacing("rate: 48 kHz", with: "rate: \(kilohertz) kHz").replacing(
                "frame: 20 ms", with: "frame: \(milliseconds) ms")
        let fixture = try Fixture(text)
        let file = fixture.path("mix.opus")
        let summary = try OfflineMixer(
            MixRequest(
                plan: fixture.plan, inputs: try InputResolver.resolve([Fixture.meeting]),
                output: MixTarget(path: file, format: .audio(.opus)))
        ).run()
        #expect(summary.duration == 40)
        #expect((try #require(summary.loudness) + 20).magnitude < 1.5)
        let reader = try OggOpusReader(path: file)
        #expect(reader.duration == 40 * 48_000)
    }

    @Test func `a chained file whose links differ is one participant`() throws {
        let fixture = try Fixture()
        let bob = try Data(contentsOf: URL(filePath: Fixture.meeting + "/bob.opus"))
        let carol = try Data(contentsOf: URL(filePath: Fixture.meeting + "/carol.opus"))
        try (bob + carol).write(to: URL(filePath: fixture.path("chain.opus")))
        let chained = try fixture.mix([MixInput(name: "a", path: fixture.path("chain.opus"))])
        #expect(chained.samples.count == 80 * 48_000 && chained.summary.warnings.isEmpty)
        let second = try fixture.mix([MixInput(name: "b", path: Fixture.meeting + "/carol.opus")]).samples
        // After the fade at its start, the second link is what it is alone.
        for i in stride(from: 4800, to: 39 * 48_000, by: 101) {
            #expect((chained.samples[i + 40 * 48_000] - second[i]).magnitude < 1e-6)
        }
    }

    @Test(arguments: ["meeting", "podcast"])
    func `the bytes do not depend on the number of jobs, nor on the run`(pipeline: String) throws {
        let fixture = try Fixture(pipeline)
        let inputs = try InputResolver.resolve([Fixture.meeting])
        var results: [Data] = []
        for (run, jobs) in [1, 2, 3, 8, 1].enumerated() {
            let file = fixture.path("mix\(run).opus")
            var request = MixRequest(
                plan: fixture.plan, inputs: inputs, output: MixTarget(path: file, format: .audio(.opus)))
            request.jobs = jobs
            request.inputs[1].offset = .milliseconds(1234)
            _ = try OfflineMixer(request).run()
            results.append(try Data(contentsOf: URL(filePath: file)))
        }
        #expect(Set(results).count == 1)
        #expect((results.first?.count ?? 0) > 100_000)
    }

    @Test(arguments: [0, 1, 479, 960, 12_345, 48_000])
    func `an offset is exact to the sample`(offset: Int) throws {
        let fixture = try Fixture()
        var input = try fixture.record("a", [Float](repeating: 0.5, count: 20_000))
        input.offset = .nanoseconds(Int64(offset) * 1_000_000_000 / 48_000)
        let other = try fixture.record("b", [Float](repeating: 0, count: 1000))
        let samples = try fixture.mix([input, other]).samples
        #expect(samples.count == 20_000 + offset)
        #expect(samples[..<offset].allSatisfy { $0 == 0 })
        #expect(samples[(offset + 960)..<(offset + 19_000)].allSatisfy { $0 == 0.5 })
        #expect(samples[offset + 1] > 0 || offset % 960 > 0)
    }

    @Test func `a negative offset leaves out the beginning`() throws {
        let fixture = try Fixture()
        let ramp = (0..<40_000).map { Float($0) / 40_000 }
        var input = try fixture.record("a", ramp)
        input.offset = .milliseconds(-250)
        let samples = try fixture.mix([input]).samples
        #expect(samples.count == 28_000)
        for i in 1000..<27_000 { #expect((samples[i] - ramp[i + 12_000]).magnitude < 1e-6) }
    }

    @Test func `from and to cut the mix, Opus and WAV alike`() throws {
        let fixture = try Fixture()
        let tone = Tone.sine(440, count: 48_000 * 4)
        let wav = try fixture.record("wav", tone)
        let whole = try fixture.mix([wav, MixInput(name: "bob", path: Fixture.meeting + "/bob.opus")]).samples
        let part = try fixture.mix([wav, MixInput(name: "bob", path: Fixture.meeting + "/bob.opus")]) {
            $0.from = .milliseconds(1500)
            $0.to = .milliseconds(3250)
        }.samples
        #expect(part.count == 84_000)
        // After the fade and the decoder's 80 ms of run-in, the part is what the whole has there.
        for i in 4800..<83_000 { #expect((part[i] - whole[i + 72_000]).magnitude < 2e-3) }
    }

    @Test func `minus is what that participant would hear`() throws {
        let fixture = try Fixture("meeting")
        let inputs = try InputResolver.resolve([Fixture.meeting])
        let minus = try fixture.mix(inputs) { $0.minus = "dave" }.samples
        let others = try fixture.mix(inputs.filter { $0.name != "dave" }).samples
        #expect(minus == others)
    }

    @Test func `gain and pan go to the participant that they name`() throws {
        let fixture = try Fixture("podcast")
        var (a, b) = (
            try fixture.record("a", Tone.sine(997, count: 48_000)),
            try fixture.record("b", Tone.sine(2003, count: 48_000))
        )
        a.pan = -1
        b.gain = Decibels(-6)
        let samples = try fixture.mix([a, b]).samples
        let (left, right) = (
            stride(from: 40_000, to: 60_000, by: 2).map { samples[$0] },
            stride(from: 40_001, to: 60_000, by: 2).map { samples[$0] }
        )
        #expect((Self.level(left, 997) - 0.25 * 2.0.squareRoot()).magnitude < 0.01)
        #expect(Self.level(right, 997) < 0.001)
        #expect((Self.level(right, 2003) - 0.25 * 0.5012).magnitude < 0.005)
    }

    @Test func `stems are aligned with the mix and add up to it`() throws {
        let fixture = try Fixture()
        var (a, b) = (
            try fixture.record("a", Tone.sine(300, count: 30_000)),
            try fixture.record("b", Tone.sine(700, count: 48_000))
        )
        a.offset = .milliseconds(100)
        b.offset = .milliseconds(333)
        let result = try fixture.mix([a, b]) { request in
            request.jobs = 2
            request.stems = ["a", "b"].map {
                MixTarget(path: fixture.path("stem-\($0).wav"), format: .audio(.wav), sampleFormat: .f32)
            }
        }
        let stems = try ["a", "b"].map { try fixture.samples(fixture.path("stem-\($0).wav")) }
        #expect(stems.allSatisfy { $0.count == result.samples.count })
        for i in 0..<result.samples.count {
            // Joining, a voice is faded by the mixer as well.
            if [4800..<5800, 15_984..<17_000].contains(where: { $0.contains(i) }) { continue }
            #expect((stems[0][i] + stems[1][i] - result.samples[i]).magnitude < 1e-6)
        }
    }

    @Test(arguments: [8000, 22_050, 44_100, 96_000], [1, 2])
    func `other rates and channels are brought to the pipeline's`(rate: Int, channels: Int) throws {
        let fixture = try Fixture()
        let tone = Tone.sine(1000, count: rate * 2, rate: Double(rate)).flatMap {
            [Float](repeating: $0, count: channels)
        }
        let samples = try fixture.mix([fixture.record("a", tone, rate: rate, channels: channels)]).samples
        #expect(samples.count == 96_000)
        #expect((Self.level(Array(samples[20_000..<68_000]), 1000) - 0.25).magnitude < 0.001)
    }

    @Test func `a recording's end and beginning make no step`() throws {
        let fixture = try Fixture()
        var input = try fixture.record("a", [Float](repeating: 0.8, count: 24_000))
        input.offset = .milliseconds(77)
        let samples = try fixture.mix([input, fixture.record("b", [Float](repeating: 0, count: 48_000))]).samples
        #expect(zip(samples, samples.dropFirst()).allSatisfy { ($0 - $1).magnitude < 0.8 / 240 })
    }

    @Test func `what is stopped leaves nothing`() throws {
        let fixture = try Fixture()
        let file = fixture.path("mix.wav")
        let request = MixRequest(
            plan: fixture.plan, inputs: try InputResolver.resolve([Fixture.meeting]),
            output: MixTarget(path: file, format: .audio(.wav)))
        var chunks = 0
        #expect(throws: MixError.self) {
            _ = try OfflineMixer(request).run(shouldStop: {
                chunks += 1
                return chunks > 20
            })
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path).isEmpty)
    }

    @Test func `progress grows to the end, and knows it`() throws {
        let fixture = try Fixture()
        let request = MixRequest(
            plan: fixture.plan, inputs: try InputResolver.resolve([Fixture.meeting]),
            output: MixTarget(path: fixture.path("m.wav"), format: .audio(.wav)))
        var positions: [Double] = []
        var durations: Set<Double?> = []
        _ = try OfflineMixer(request).run(progress: {
            positions.append($0.position)
            durations.insert($0.duration)
        })
        #expect(positions == positions.sorted())
        #expect((positions.last ?? 0) >= 40)
        #expect(durations == [40])
    }

    /// The amplitude of a tone within mono samples at 48 kHz.
    private static func level(_ samples: [Float], _ frequency: Double) -> Double {
        var (a, b) = (0.0, 0.0)
        for (i, sample) in samples.enumerated() {
            let angle = 2 * .pi * frequency * Double(i) / 48_000
            a += Double(sample) * sin(angle)
            b += Double(sample) * cos(angle)
        }
        return 2 * (a * a + b * b).squareRoot() / Double(samples.count)
    }
}

@Suite struct OutputGainTests {
    @Test func `an Ogg Opus file's output gain is applied`() throws {
        let fixture = try Fixture()
        let original = Fixture.meeting + "/alice.opus"
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: original)))
        // -12 dB in 1/256 dB, in the header's bytes 16 and 17, and the page's checksum (RFC 7845 §5.1, RFC 3533 §6).
        let gain = UInt16(bitPattern: -12 * 256)
        bytes[28 + 16] = UInt8(gain & 255)
        bytes[28 + 17] = UInt8(gain >> 8)
        for i in 22..<26 { bytes[i] = 0 }
        var crc: UInt32 = 0
        for byte in bytes[..<47] {
            crc ^= UInt32(byte) << 24
            for _ in 0..<8 { crc = crc & 0x8000_0000 != 0 ? crc << 1 ^ 0x04C1_1DB7 : crc << 1 }
        }
        for i in 0..<4 { bytes[22 + i] = UInt8(crc >> UInt32(8 * i) & 255) }
        try Data(bytes).write(to: URL(filePath: fixture.path("soft.opus")))
        let loud = try fixture.mix([MixInput(name: "a", path: original)]).samples
        let soft = try fixture.mix([MixInput(name: "a", path: fixture.path("soft.opus"))]).samples
        let ratio = SampleKernels.energy(soft.span) / SampleKernels.energy(loud.span)
        #expect((Decibels(meanSquare: ratio).value + 12).magnitude < 0.01)
    }
}
