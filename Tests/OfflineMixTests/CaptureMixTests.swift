import AudioFile
import CaptureStreams
import Foundation
import MediaCore
import OfflineMix
import PacketCapture
import Testing

@Suite struct CaptureMixTests {
    /// Alice from the beginning, Dave 1.5 s later; both speak.
    static func call(keys: (KeyMaterial?, KeyMaterial?) = (nil, nil)) throws -> [Datagram] {
        try Talker("alice", ssrc: 0xA1, key: keys.0).datagrams
            + Talker("dave", ssrc: 0xD4, frames: 150, skipped: 410, start: .milliseconds(1500), key: keys.1).datagrams
    }

    @Test func `every Opus stream is a participant, at the time at which it came`() throws {
        let fixture = try Fixture()
        let call =
            try Talker("alice", ssrc: 0xA1).datagrams
            + Talker("alice", ssrc: 0xA2, start: .milliseconds(1507)).datagrams
        let inputs = try fixture.participants(fixture.capture("call.pcapng", call)).inputs
        #expect(inputs.map(\.name) == ["0x000000a1", "0x000000a2"])
        let stems = inputs.map { fixture.path("\($0.name).wav") }
        let result = try fixture.mix(inputs) {
            $0.stems = stems.map { MixTarget(path: $0, format: .audio(.wav), sampleFormat: .f32) }
        }
        // A second of what was said, bit for bit.
        let probe = try fixture.mix([MixInput(name: "alice", path: "\(Fixture.meeting)/alice.opus")]) {
            $0.to = .milliseconds(2900)
        }.samples[60_000..<108_000]
        let delays = try zip(stems, [0, 72_336]).map { stem, start in
            let heard = try fixture.samples(stem)
            #expect(heard.count == result.samples.count)
            // Of a file the encoder's look-ahead of 312 samples is cut.
            return try #require(Self.find(probe, in: heard)) - 60_312 - start
        }
        // What is left is the jitter buffer's delay: the least, and up to a tick until the room asks.
        for delay in delays { #expect((960...1920).contains(delay), "\(delays)") }
    }

    /// Where a stretch of samples begins in others.
    private static func find(_ probe: ArraySlice<Float>, in samples: [Float]) -> Int? {
        let head = Array(probe.prefix(64))
        return (0...(samples.count - probe.count)).first { start in
            samples[start] == head[0] && samples[start + 63] == head[63]
                && samples[start..<(start + probe.count)] == probe
        }
    }

    @Test func `a recording and a capture are one mix`() throws {
        let fixture = try Fixture()
        let capture = try fixture.participants(
            fixture.capture("call.pcapng", Self.call()), streams: ["0xa1"]
        ).inputs
        let tone = try fixture.record("tone", Tone.sine(500, count: 96_000))
        let both = try fixture.mix([tone] + capture).samples
        let (first, second) = (try fixture.mix([tone]).samples, try fixture.mix(capture).samples)
        #expect(both.count == max(first.count, second.count))
        #expect((480..<95_000).allSatisfy { (both[$0] - first[$0] - second[$0]).magnitude < 1e-6 })
        #expect(both[97_000...] == second[97_000...])
    }

    @Test(arguments: ["0xd4", "212", "10.0.0.212", "10.0.0.212:40000"])
    func `a stream is chosen by its SSRC or an address`(choice: String) throws {
        let fixture = try Fixture()
        let path = try fixture.capture("call.pcapng", Self.call())
        let chosen = try fixture.participants(path, streams: [choice]).inputs
        #expect(chosen.map { $0.stream?.key.ssrc } == [0xD4])
        let both = try fixture.participants(path, streams: ["10.0.0.100:5004"]).inputs
        #expect(both.count == 2, "the address to which they all send")
    }

    @Test(arguments: ["0xd5", "10.0.0.9", "alice"])
    func `a stream that is not there is an error that lists what is`(choice: String) throws {
        let fixture = try Fixture()
        let path = try fixture.capture("call.pcapng", Self.call())
        let error = #expect(throws: MixError.self) { try fixture.participants(path, streams: [choice]) }
        #expect(error?.description.contains("no stream matches --stream '\(choice)'; there are 0x000000a1") == true)
        #expect(error?.kind == .request)
    }

    @Test func `from, to and offset move a capture like a file`() throws {
        let fixture = try Fixture()
        let inputs = try fixture.participants(fixture.capture("call.pcapng", Self.call())).inputs
        let whole = try fixture.mix(inputs).samples
        let part = try fixture.mix(inputs) { ($0.from, $0.to) = (.milliseconds(2200), .milliseconds(3400)) }.samples
        #expect(part.count == 57_600)
        #expect(part.indices.allSatisfy { (part[$0] - whole[$0 + 105_600]).magnitude < 2e-3 })
        let later = try fixture.mix(inputs.map { Self.moved($0, .milliseconds(400)) }).samples
        #expect(later.count == whole.count + 19_200)
        #expect(later[19_200...] == whole[...])
        let earlier = try fixture.mix(inputs.map { Self.moved($0, .milliseconds(-400)) }).samples
        #expect(earlier.count == whole.count - 19_200)
        #expect(earlier.indices.allSatisfy { (earlier[$0] - whole[$0 + 19_200]).magnitude < 2e-3 })
    }

    private static func moved(_ input: MixInput, _ offset: Duration) -> MixInput {
        var input = input
        input.offset = offset
        return input
    }

    @Test func `minus is the mix of the others`() throws {
        let fixture = try Fixture("meeting")
        let inputs = try fixture.participants(fixture.capture("call.pcapng", Self.call())).inputs
        let minus = try fixture.mix(inputs) { $0.minus = "0x000000d4" }.samples
        let other = try fixture.mix([inputs[0]]).samples
        #expect(minus.prefix(other.count) == other[...])
    }

    @Test(arguments: ["opus", "wav", "pcap"])
    func `the bytes do not depend on the number of jobs, nor on the run`(name: String) throws {
        let fixture = try Fixture("meeting")
        let inputs = try fixture.participants(fixture.capture("call.pcapng", Self.call())).inputs
        let format: MixTarget.Format =
            switch name {
            case "opus": .audio(.opus)
            case "wav": .audio(.wav)
            default: .capture(.init(rawValue: name) ?? .pcap)
            }
        var results: [Data] = []
        for (run, jobs) in [1, 2, 3, 8, 1].enumerated() {
            let file = fixture.path("mix\(run).\(name)")
            var request = MixRequest(plan: fixture.plan, inputs: inputs, output: MixTarget(path: file, format: format))
            request.jobs = jobs
            _ = try OfflineMixer(request).run()
            results.append(try Data(contentsOf: URL(filePath: file)))
        }
        #expect(Set(results).count == 1)
        #expect((results.first?.count ?? 0) > 10_000)
    }
}
