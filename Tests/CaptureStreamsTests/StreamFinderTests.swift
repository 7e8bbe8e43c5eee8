import CaptureStreams
import PacketCapture
import RTPWire
import Testing

@Suite struct StreamFinderTests {
    @Test func `a stream is found among datagrams that may be anything`() {
        var junk = SystemJunk(seed: 3)
        var datagrams: [[UInt8]] = []
        for packet in Packets.stream(50) { datagrams += [packet] + (0..<9).map { _ in junk.datagram() } }
        var finder = StreamFinder()
        for (i, bytes) in datagrams.enumerated() { Packets.add(bytes, at: Int64(i) * 2_000_000, to: &finder) }
        #expect(finder.streams.count == 1)
        let stream = finder.streams[0]
        #expect(stream.content == .opus && stream.opusPayloadType == 111 && stream.redundancyPayloadType == nil)
        #expect(stream.reception.received == 50 && stream.lost == 0 && stream.duplicates == 0)
        #expect(stream.key.ssrcText == "0x00000007")
    }

    /// SSRC, first bytes and lengths by chance; the first byte is RTP's more often than chance has it.
    struct SystemJunk {
        private var state: UInt64
        init(seed: UInt64) { state = seed }

        mutating func byte() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(state >> 56)
        }

        mutating func datagram() -> [UInt8] {
            var bytes = (0..<Int(byte()) % 80).map { _ in byte() }
            if bytes.count > 1, byte() < 128 { bytes[0] = 0x80 }
            return bytes
        }
    }

    @Test func `copies after RFC 2198 are told from plain Opus, with the payload type that is in them`() {
        let stream = Packets.find(Packets.stream(20, payloadType: 63, payload: Packets.redundant)).streams.first
        #expect(stream?.content == .opus)
        #expect(stream?.redundancyPayloadType == 63 && stream?.opusPayloadType == 111)
    }

    @Test(arguments: [(0, "PCMU"), (8, "PCMA"), (9, "G722")] as [(UInt8, String)])
    func `a static payload type is the codec that it stands for`(payloadType: UInt8, codec: String) {
        let stream = Packets.find(Packets.stream(20, payloadType: payloadType, step: 160)).streams.first
        #expect(stream?.content == .other(codec: codec))
        #expect(stream?.clockRate == 8000)
    }

    @Test func `what is as long as timestamps say is Opus, what is not is unknown`() {
        #expect(Packets.find(Packets.stream(20, step: 3000)).streams.first?.content == .unknown)
        #expect(Packets.find(Packets.stream(20, payload: [])).streams.first?.content == .unknown)
    }

    @Test func `two packets are no stream`() {
        #expect(Packets.find(Packets.stream(2)).streams.isEmpty)
        #expect(Packets.find(Packets.stream(3)).streams.count == 1)
    }

    @Test func `one SSRC from two addresses is two streams`() {
        var finder = StreamFinder()
        for (i, bytes) in Packets.stream(10).enumerated() {
            for port in [4000, 4002] as [UInt16] {
                let datagram = Packets.datagram(Int64(i) * 20_000_000, source: Endpoint(ipv4: 1, port: port))
                guard case .rtp(let key) = StreamFinder.kind(datagram, bytes.span) else { continue }
                finder.add(key, datagram, bytes.span, wireBytes: bytes.count, .open)
            }
        }
        #expect(finder.streams.map(\.key.source.port) == [4000, 4002])
    }

    @Test func `duplicates make up for no loss`() {
        var packets = Packets.stream(60)
        packets.remove(at: 40)
        packets.remove(at: 20)
        packets.insert(packets[10], at: 11)
        packets.insert(packets[30], at: 33)
        let stream = Packets.find(packets).streams.first
        #expect(stream?.lost == 2 && stream?.duplicates == 2 && stream?.reception.received == 60)
    }

    @Test func `a new beginning is counted whole, a stray is not`() {
        let restarted =
            Packets.stream(30)
            + Packets.stream(30).map { packet in
                Packets.rtp(
                    sequenceNumber: packet.span.uint16(at: 2) &+ 20_000,
                    timestamp: packet.span.uint32(at: 4) &+ 0x4000_0000)
            }
        let again = Packets.find(restarted).streams.first
        #expect(again?.reception.received == 60 && again?.reception.restarts == 1 && again?.lost == 0)
        var strays = Packets.stream(30)
        strays.insert(Packets.rtp(sequenceNumber: 20_000, timestamp: 0x6000_0000), at: 10)
        strays.insert(Packets.rtp(sequenceNumber: 41_000, timestamp: 0xA000_0000), at: 20)
        let stream = Packets.find(strays).streams.first
        #expect(stream?.reception.received == 30 && stream?.reception.restarts == 0 && stream?.lost == 0)
    }

    @Test func `strangers are forgotten, and whoever goes on stays`() {
        var finder = StreamFinder()
        var ssrc: UInt32 = 1000
        for (i, packet) in Packets.stream(20).enumerated() {
            Packets.add(packet, at: Int64(i) * 20_000_000, to: &finder)
            for _ in 0..<3000 {
                ssrc += 1
                Packets.add(
                    Packets.rtp(ssrc: ssrc, sequenceNumber: 1, timestamp: 1), at: Int64(i) * 20_000_000, to: &finder)
            }
        }
        #expect(finder.streams.map(\.key.ssrc) == [7])
        #expect(finder.streams.first?.reception.received == 20)
        #expect(finder.forgotten > 60_000 - 2 * StreamFinder.maximumStreams)
    }

    @Test func `names come from SDES, without what a terminal would obey`() {
        var datagrams = Packets.stream(5)
        datagrams.append(Packets.name(7, Array("al\u{1B}[2Jice\u{7}\u{202E}".utf8)))
        #expect(Packets.find(datagrams).streams.first?.canonicalName == "al[2Jice")
        datagrams.append(Packets.name(7, [0xFF, 0x41]))
        #expect(Packets.find(datagrams).streams.first?.canonicalName == "\u{FFFD}A")
        #expect(Packets.find(Packets.stream(5) + [Packets.name(7, [7, 27])]).streams.first?.canonicalName == nil)
    }

    @Test func `names of strangers push out no other`() {
        var datagrams = Packets.stream(5) + [Packets.name(7, Array("alice".utf8))]
        for ssrc in 1000..<UInt32(1000 + StreamFinder.maximumStreams) { datagrams.append(Packets.name(ssrc, [65])) }
        datagrams += Packets.stream(5, ssrc: 8) + [Packets.name(8, Array("bob".utf8))]
        #expect(Packets.find(datagrams).streams.map(\.canonicalName) == ["alice", "bob"])
    }
}
