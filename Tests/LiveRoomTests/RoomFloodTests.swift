import LiveRoom
import PacketCapture
import Testing

/// A second of 200,000 datagrams that nobody wants, some 4,000 in each tick, into a room where three talk.
@Suite struct RoomFloodTests {
    static let ticks = 50
    static let perTick = 4_002
    static let speakers = 1...3
    static let members = 1...8

    @Test func `a flood changes no packet of anybody`() throws {
        let (quiet, flooded) = (try Self.meeting(bogus: 0), try Self.meeting(bogus: Self.perTick))
        for member in Self.members {
            // The first packet of each speaker has to wait for its turn in the jitter buffer.
            let (calm, same) = (quiet.takePackets(of: member), flooded.takePackets(of: member))
            #expect(calm.count >= Self.ticks - 1, "member \(member)")
            #expect(calm.elementsEqual(same), "member \(member): \(calm.count) and \(same.count) packets")
        }
        #expect(quiet.located.elementsEqual(flooded.located), "no address has moved")
        let (calm, counts) = (quiet.shard.statistics, flooded.shard.statistics)
        #expect(counts.received == calm.received + Self.ticks * Self.perTick && counts.outcomes == counts.received)
        #expect(counts.accepted == calm.accepted && counts.framesEncoded == calm.framesEncoded)
        let kinds = [
            counts.unknown, counts.malformed, counts.unauthenticated, counts.replayed, counts.control,
            counts.discoveries,
        ]
        #expect(kinds.allSatisfy { $0 > 1000 }, "\(counts)")
    }

    @Test func `no datagram gets more bytes back than it has`() throws {
        let shard = try Self.meeting(bogus: 400)
        let strangers = shard.sink.packets.filter { $0.destination.low & 0xFFFF_0000 == 0xC612_0000 }
        let bytes = strangers.reduce(0) { $0 + $1.bytes.count }
        #expect(strangers.allSatisfy { $0.bytes.count == IPDiscovery.bytes && $0.bytes[1] == 2 })
        #expect(bytes == (shard.shard.statistics.discoveries - Self.members.count) * IPDiscovery.bytes)
    }

    /// Everybody is a client of the gateway.
    private static func meeting(bogus: Int) throws -> TestShard {
        let shard = try TestShard()
        for member in members {
            DatagramTests.join(shard, member, claims: TestShard.address(member))
            shard.receive(DatagramTests.request(UInt32(member)), from: TestShard.address(member))
        }
        shard.sink.packets.removeAll()
        let speech = try speakers.map { try DatagramTests.talk($0, ticks) }
        var flood = Flood(speech)
        for tick in 0..<ticks {
            let end = shard.now + TestShard.frame
            for (index, speaker) in speakers.enumerated() {
                shard.receive(speech[index][tick], from: TestShard.address(speaker))
                flood.seen = tick
                for _ in 0..<(bogus / speakers.count) {
                    let (datagram, source) = flood.next()
                    shard.receive(datagram, from: source)
                }
            }
            shard.advance(to: end)
        }
        return shard
    }

    /// Datagrams of somebody who knows everything but the keys: SSRCs, addresses, and what has been sent.
    private struct Flood {
        let speech: [[[UInt8]]]
        /// The tick whose packets of the first speaker have been sent for certain.
        var seen = 0
        private var count = 0
        private var state: UInt64 = 7

        init(_ speech: [[[UInt8]]]) { self.speech = speech }

        private mutating func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }

        private mutating func noise(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(random(256)) } }

        mutating func next() -> (datagram: [UInt8], source: Endpoint) {
            count += 1
            let stranger = Endpoint(ipv4: 0xC612_0000 + UInt32(random(65_536)), port: UInt16(1024 + random(60_000)))
            let speaker = random(3)
            let victim = TestShard.address(speaker + 1)
            let genuine = speech[0][random(seen + 1)]
            switch count % 10 {
            case 0: return (noise(random(60)), stranger)
            case 1: return ([0x80, 120] + noise(70), stranger)
            case 2: return ([0x80, 120] + noise(6) + [0, 0, 0, UInt8(speaker + 1)] + noise(80), victim)
            case 3: return (Array(genuine.prefix(12)) + noise(60), stranger)
            case 4: return (genuine, stranger)
            case 5: return (genuine, TestShard.address(1))
            case 6:
                var forged = speech[speaker][min(seen + 1, speech[speaker].count - 1)]
                forged[12 + random(forged.count - 16)] ^= 0x40
                return (forged, random(2) == 0 ? victim : stranger)
            case 7: return (DatagramTests.request(UInt32(1 + random(8))), stranger)
            case 8: return (DatagramTests.request(UInt32(1000 + random(100_000))), stranger)
            default:
                // A goodbye of RTCP.
                return ([0x81, 203, 0, 1, 0, 0, 0, UInt8(speaker + 1)] + noise(4), victim)
            }
        }
    }
}
