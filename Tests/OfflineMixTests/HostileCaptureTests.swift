import CaptureStreams
import Foundation
import MediaCore
import NetworkImpairment
import OfflineMix
import PacketCapture
import RTPWire
import Testing
import VoiceRoom

/// One good stream, and somebody who means harm. Whatever that sends, the good stream sounds as it does without it.
@Suite struct HostileCaptureTests {
    enum Attack: String, CaseIterable {
        case strangers, forgeries, replays, strays, truncated, otherAddress, reports

        /// SRTP is for those who can only be told by their tags.
        var key: KeyMaterial? { self == .forgeries || self == .replays ? Talker.keys[0] : nil }
    }

    /// What comes right after packet `i` of the good stream.
    private static func hostile(
        _ attack: Attack, after i: Int, of good: Talker, _ random: inout SplitMix64
    ) -> [[UInt8]] {
        let packet = good.datagrams[i].bytes
        switch attack {
        case .strangers:
            return (0..<30).map { _ in
                Talker.packet(
                    packet, ssrc: .random(in: 1000 ... .max, using: &random),
                    sequenceNumber: .random(in: 0 ... .max, using: &random),
                    timestamp: .random(in: 0 ... .max, using: &random))
            }
        case .forgeries:
            // Sequence numbers that the replay list takes, and everything else as it was.
            return (1...40 as ClosedRange<UInt16>).map { ahead in
                var forged = packet
                let number = UInt16(packet[2]) << 8 | UInt16(packet[3])
                (forged[2], forged[3]) = (UInt8((number &+ ahead) >> 8), UInt8((number &+ ahead) & 0xFF))
                return forged
            }
        case .replays:
            return [packet, good.datagrams[i / 2].bytes, good.datagrams[0].bytes]
        case .strays:
            // Numbers from far in the future.
            return (0..<3).map { _ in
                Talker.packet(
                    Array(packet[12...]), ssrc: good.ssrc, sequenceNumber: .random(in: 0 ... .max, using: &random),
                    timestamp: UInt32(i) &* 960 &+ .random(in: 0x2000_0000...0xE000_0000, using: &random))
            }
        case .truncated:
            return [0, 1, 7, 11, 12].map { Array(packet[..<$0]) }
        case .otherAddress:
            return [packet]
        case .reports:
            // Goodbye; a name with an escape sequence and a way out of a folder; a length beyond the end.
            let ssrc: [UInt8] = [0, 0, 0, UInt8(good.ssrc)]
            return [
                [0x81, 203, 0, 1] + ssrc,
                [0x81, 202, 0, 5] + ssrc + [1, 12] + Array("\u{1B}[31m../../x".utf8) + [0, 0],
                [0x81, 202, 0xFF, 0xFF] + ssrc,
            ]
        }
    }

    private static func datagrams(_ attack: Attack, _ good: Talker) -> [Datagram] {
        var random = SplitMix64(state: 7)
        var all: [Datagram] = []
        for (i, datagram) in good.datagrams.enumerated() {
            let source = attack == .otherAddress ? Endpoint(ipv4: 0x0A00_0066, port: 6000) : good.source
            // A stream from another address with the same SSRC is a stream of its own: not one that goes on.
            let isSent = attack != .otherAddress || i % 7 == 0
            let hostile = isSent ? hostile(attack, after: i, of: good, &random) : []
            let harm = hostile.map { Datagram(time: datagram.time, source: source, bytes: $0) }
            all += [datagram] + harm
        }
        return all
    }

    @Test(arguments: Attack.allCases)
    func `the good stream sounds as it does alone`(attack: Attack) throws {
        let fixture = try Fixture()
        let keys = attack.key.map { [$0.text] } ?? []
        let good = try Talker("alice", ssrc: 0xA1, sequenceNumber: 65_300, key: attack.key)
        let clean = try fixture.participants(fixture.capture("good.pcap", good.datagrams, format: .pcap), keys: keys)
        let expected = try fixture.mix(clean.inputs)
        let call = Self.datagrams(attack, good)
        #expect(call.count > good.datagrams.count)
        let found = try fixture.participants(fixture.capture("bad.pcap", call, format: .pcap), keys: keys)
        #expect(found.inputs.count == 1, "\(found.inputs.map(\.name))")
        let heard = try fixture.mix(found.inputs)
        #expect(heard.samples == expected.samples)
        #expect(heard.samples.contains { $0.magnitude > 0.01 })
        let network = try #require(heard.summary.participants.first?.network)
        let (harm, packets) = (call.count - good.datagrams.count, network.packets)
        switch attack {
        case .forgeries: #expect(packets.unauthenticated + packets.replayed == harm && packets.unauthenticated > 1000)
        case .replays: #expect(packets.replayed == harm)
        case .strays: #expect(network.playout.refused >= harm - 3)
        // Those under 12 bytes have no SSRC, and are not the stream's.
        case .truncated: #expect(packets.malformed == good.datagrams.count)
        case .strangers, .otherAddress, .reports: #expect(packets.received == good.datagrams.count)
        }
    }

    @Test func `a name from the network holds nothing that moves a cursor`() throws {
        let fixture = try Fixture()
        let good = try Talker("alice", ssrc: 0xA1)
        let found = try fixture.participants(fixture.capture("bad.pcap", Self.datagrams(.reports, good)))
        #expect(found.inputs.map(\.name) == ["[31m../../x"])
    }

    @Test(arguments: [0x2000, 0x2010, 0x0010] as [UInt32])
    func `RTP inside fragments is counted and not heard`(fragment: UInt32) throws {
        let fixture = try Fixture()
        let good = try Talker("alice", ssrc: 0xA1)
        var (clean, bad) = (RawCapture(), RawCapture())
        for (i, datagram) in good.datagrams.enumerated() {
            clean.add(datagram)
            bad.add(good.datagrams[(i + 90) % 200], time: datagram.time, fragment: fragment)
            bad.add(datagram)
        }
        let inputs = try Self.inputs(bad, fixture)
        #expect(try fixture.mix(inputs).samples == fixture.mix(Self.inputs(clean, fixture)).samples)
        #expect(try CaptureScan(path: inputs[0].path).counters.fragments == 200)
    }

    /// In seconds since 1970.
    @Test(arguments: [0, 4_294_967_295, 1_600_000_000, 1_700_000_000 + 40_000], [false, true])
    func `a datagram with an absurd time moves nothing`(seconds: Int64, isFirst: Bool) throws {
        let fixture = try Fixture()
        let good = try Talker("alice", ssrc: 0xA1)
        let stranger = Datagram(time: seconds * 1_000_000_000, source: Datagram.server, bytes: [1, 2, 3])
        var (clean, bad) = (RawCapture(), RawCapture())
        if isFirst { bad.add(stranger) }
        for (i, datagram) in good.datagrams.enumerated() {
            clean.add(datagram)
            bad.add(datagram)
            if i % 10 == 5 { bad.add(stranger) }
        }
        let heard = try fixture.mix(Self.inputs(bad, fixture))
        let expected = try fixture.mix(Self.inputs(clean, fixture))
        #expect(heard.summary.duration == expected.summary.duration)
        #expect(heard.samples == expected.samples)
        let counters = try CaptureScan(path: fixture.path("\(bad.records.count).pcap")).counters
        #expect(counters.timesDoubtful == 20)
    }

    @Test func `a truncated capture is heard up to the cut`() throws {
        let fixture = try Fixture()
        var capture = RawCapture()
        for datagram in try Talker("alice", ssrc: 0xA1).datagrams { capture.add(datagram) }
        let whole = try fixture.mix(Self.inputs(capture, fixture)).samples
        let file = fixture.path("cut.pcap")
        // In the middle of packet 150, which came after 3 s.
        try Data(capture.bytes[..<(capture.records[150] + 40)]).write(to: URL(filePath: file))
        let cut = try fixture.mix(fixture.participants(file).inputs)
        #expect(cut.samples[..<143_000] == whole[..<143_000])
        #expect(cut.samples.count < 160_000)
        #expect(cut.summary.warnings.count == 1)
        #expect(cut.summary.warnings.first?.contains("cut.pcap' at 3.0 s: the capture is cut off") == true)
    }

    private static func inputs(_ capture: RawCapture, _ fixture: Fixture) throws -> [MixInput] {
        let file = fixture.path("\(capture.records.count).pcap")
        try Data(capture.bytes).write(to: URL(filePath: file))
        return try fixture.participants(file).inputs
    }
}
