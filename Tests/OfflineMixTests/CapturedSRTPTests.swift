import CaptureStreams
import Foundation
import MediaCore
import OfflineMix
import PacketCapture
import RTPWire
import Testing

@Suite struct CapturedSRTPTests {
    private static let keys = Talker.keys

    @Test func `one key for all and keys by SSRC open the same sound as no encryption`() throws {
        let fixture = try Fixture()
        let clear = try fixture.participants(fixture.capture("clear.pcap", CaptureMixTests.call(), format: .pcap))
        let sound = try fixture.mix(clear.inputs).samples
        let forAll = try fixture.capture("all.pcap", CaptureMixTests.call(keys: (Self.keys[0], Self.keys[0])))
        #expect(try fixture.mix(fixture.participants(forAll, keys: [Self.keys[0].text]).inputs).samples == sound)
        let each = try fixture.capture("each.pcap", CaptureMixTests.call(keys: (Self.keys[1], Self.keys[2])))
        let texts = ["0xa1=\(Self.keys[1].text)", "212=\(Self.keys[2].text)"]
        #expect(try fixture.mix(fixture.participants(each, keys: texts).inputs).samples == sound)
    }

    @Test func `a key that opens nothing is one line`() throws {
        let fixture = try Fixture()
        let path = try fixture.capture("call.pcap", CaptureMixTests.call(keys: (Self.keys[0], Self.keys[1])))
        let error = #expect(throws: MixError.self) { try fixture.participants(path, keys: [Self.keys[3].text]) }
        let text = try #require(error?.description)
        #expect(text.contains("the key does not fit: not one packet of 0x000000a1"))
        #expect(text.contains("0x000000d4") && text.contains("--srtp-key") && !text.contains("\n"))
    }

    @Test func `no key is one line that says how to give it`() throws {
        let fixture = try Fixture()
        let path = try fixture.capture("call.pcap", CaptureMixTests.call(keys: (Self.keys[0], Self.keys[1])))
        let error = #expect(throws: MixError.self) { try fixture.participants(path) }
        #expect(error?.description.contains("give the key with --srtp-key") == true)
    }

    @Test func `only the streams whose key is wrong are named as such`() throws {
        let fixture = try Fixture()
        let path = try fixture.capture("call.pcap", CaptureMixTests.call(keys: (Self.keys[0], Self.keys[1])))
        let error = #expect(throws: MixError.self) {
            try fixture.participants(path, keys: ["0xd4=\(Self.keys[3].text)"])
        }
        #expect(error?.description.contains("not one packet of 0x000000d4") == true)
        #expect(error?.description.contains("0x000000a1") == false, "it has no key at all")
    }

    @Test func `a stream whose key is wrong is left out, and the others sound as they do alone`() throws {
        let fixture = try Fixture()
        let path = try fixture.capture("call.pcap", CaptureMixTests.call(keys: (Self.keys[0], Self.keys[1])))
        let found = try fixture.participants(path, keys: ["0xa1=\(Self.keys[0].text)", Self.keys[3].text])
        #expect(found.inputs.map { $0.stream?.key.ssrc } == [0xA1])
        #expect(found.warnings.count == 1)
        #expect(found.warnings.first?.contains("stream 0x000000d4 is left out: its key does not fit") == true)
        let alone = try fixture.capture("alone.pcap", Talker("alice", ssrc: 0xA1, key: Self.keys[0]).datagrams)
        let expected = try fixture.mix(fixture.participants(alone, keys: [Self.keys[0].text]).inputs).samples
        let heard = try fixture.mix(found.inputs).samples
        #expect(heard == expected)
        #expect(heard.contains { $0.magnitude > 0.01 })
    }

    @Test(arguments: [CaptureReader.Format.pcap, .pcapng, .rtpdump], [nil, Talker.keys[2]])
    func `a mix as packets can be mixed again`(format: CaptureReader.Format, key: KeyMaterial?) throws {
        let fixture = try Fixture("meeting")
        let inputs = try fixture.participants(fixture.capture("call.pcap", CaptureMixTests.call())).inputs
        var target = MixTarget(path: fixture.path("mix.\(format.rawValue)"), format: .capture(format))
        target.key = key
        let first = try OfflineMixer(MixRequest(plan: fixture.plan, inputs: inputs, output: target)).run()
        if key != nil { #expect(throws: MixError.self) { try fixture.participants(target.path) } }
        let again = try fixture.participants(target.path, keys: key.map { [$0.text] } ?? []).inputs
        #expect(again.map(\.stream?.key.ssrc) == [0x5041_524C])
        let second = try fixture.mix(again).summary
        let (before, after) = (try #require(first.loudness), try #require(second.loudness))
        #expect((before - after).magnitude < 1, "\(before) and \(after) LUFS")
        #expect((second.duration - first.duration).magnitude < 0.3)
        #expect(second.participants.first?.network?.playout.lost == 0)
    }

    @Test func `the packets name who is heard as contributing sources`() throws {
        let fixture = try Fixture("meeting")
        let inputs = try fixture.participants(fixture.capture("call.pcap", CaptureMixTests.call())).inputs
        let target = MixTarget(path: fixture.path("mix.pcap"), format: .capture(.pcap))
        _ = try OfflineMixer(MixRequest(plan: fixture.plan, inputs: inputs, output: target)).run()
        var reader = try CaptureReader(path: target.path)
        var contributors: Set<UInt32> = []
        while try reader.next() != nil {
            guard !RTCPPacket.isPlausible(reader.payload) else { continue }
            let header = try RTPHeader(parsing: reader.payload)
            for i in 0..<header.contributingSourceCount {
                contributors.insert(header.contributingSource(i, in: reader.payload))
            }
        }
        #expect(contributors == [0xA1, 0xD4])
    }
}
