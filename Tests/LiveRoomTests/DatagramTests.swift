import BasicContainers
import LiveRoom
import MediaCore
import PacketCapture
import SecureRTP
import Testing

/// What a shard makes of datagrams, wanted and unwanted.
@Suite struct DatagramTests {
    static let suite = "aead_aes256_gcm_rtpsize"
    static let stranger = Endpoint(ipv4: 0xC000_0201, port: 666)

    static func key(_ member: Int) -> KeyMaterial {
        KeyMaterial(suite: suite, secret: (0..<32).map { UInt8($0 + member) })
    }

    /// A client of the gateway, who has said that they will speak.
    static func join(_ shard: TestShard, _ member: Int, flags: VoiceFlags = .announced, claims: Endpoint? = nil) {
        let id = MemberID(UInt64(member))
        let stream = StreamIdentity(ssrc: UInt32(500 + member))
        shard.apply(
            .join(
                TestShard.room, id,
                MemberProfile(kind: .gateway, ssrc: UInt32(member), stream: stream, flags: flags)))
        shard.apply(.secure(id, MediaSession(inbound: key(member), outbound: key(member), destination: claims)))
    }

    static func seal(_ packets: [[UInt8]], _ key: KeyMaterial) throws -> [[UInt8]] {
        let mode = try #require(RTPSizeMode(rawValue: key.suite))
        var cipher = try RTPSizeCipher(mode, key: key.secret, isSealing: true)
        return packets.map { packet in
            var bytes = packet + [UInt8](repeating: 0, count: RTPSizeMode.overheadBytes)
            var span = bytes.mutableSpan
            guard case .passed(let length) = cipher.process(&span, length: packet.count) else { return [] }
            return Array(bytes[..<length])
        }
    }

    static func talk(_ member: Int, _ count: Int) throws -> [[UInt8]] {
        let talker = try Talker(member, frequency: 440)
        return try seal((0..<count).compactMap { _ in talker.next() }, key(member))
    }

    static func request(_ ssrc: UInt32) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: IPDiscovery.bytes)
        var span = bytes.mutableSpan
        IPDiscovery.writeRequest(ssrc: ssrc, into: &span)
        return bytes
    }

    @Test func `a client that asks for its address is told it, in as many bytes`() throws {
        let shard = try TestShard()
        Self.join(shard, 1)
        shard.receive(Self.request(1), from: Self.stranger)
        let answer = try #require(shard.sink.packets.first)
        #expect(answer.destination == Self.stranger && answer.bytes.count == 74)
        let told = IPDiscovery.answer(answer.bytes.span)
        #expect(told?.ssrc == 1 && told?.address == "192.0.2.1" && told?.port == 666)
    }

    @Test func `nobody else is answered`() throws {
        let shard = try TestShard()
        Self.join(shard, 1)
        shard.join(2)
        var binding = Self.request(1)
        binding.replaceSubrange(4..<8, with: [0x21, 0x12, 0xA4, 0x42])
        let packets = try Self.talk(1, 1)
        for datagram in [Self.request(9), Self.request(2), binding, Array(Self.request(1).dropLast()), [], [1]]
            + packets
        {
            shard.receive(datagram, from: Self.stranger)
        }
        #expect(shard.sink.packets.count == 0)
    }

    @Test func `a stream goes to an address that a client claims only if it has asked from there`() throws {
        let shard = try TestShard()
        let victim = Endpoint(ipv4: 0xC000_0263, port: 53)
        Self.join(shard, 1, claims: victim)
        shard.join(2)
        let talker = try Talker(2, frequency: 440)
        shard.run(20, talking: [talker])
        #expect(shard.sink.packets.count == 0)
        shard.receive(Self.request(1), from: Self.stranger)
        shard.run(20, talking: [talker])
        #expect(shard.sink.packets.filter { $0.destination == victim }.count == 0)
        shard.receive(Self.request(1), from: victim)
        shard.run(20, talking: [talker])
        #expect(shard.sink.packets.filter { $0.destination == victim }.count == 21)
    }

    @Test func `another's question does not make a client's own forgotten`() throws {
        let shard = try TestShard()
        Self.join(shard, 1)
        shard.join(2)
        shard.receive(Self.request(1), from: TestShard.address(1))
        shard.receive(Self.request(1), from: Self.stranger)
        let session = MediaSession(inbound: Self.key(1), outbound: Self.key(1), destination: TestShard.address(1))
        shard.apply(.secure(MemberID(1), session))
        shard.run(20, talking: [try Talker(2, frequency: 440)])
        #expect(shard.takePackets(of: 1).count > 15)
    }

    @Test func `forged, replayed and foreign packets are not heard and move no address`() throws {
        let shard = try TestShard()
        Self.join(shard, 1)
        shard.join(2)
        let home = TestShard.address(1)
        let packets = try Self.talk(1, 60)
        shard.receive(packets[0], from: home)
        var forged = packets[1]
        forged[20] ^= 1
        let wrongKey = try Self.seal([packets[1], packets[1]], Self.key(7))[1]
        for datagram in [forged, wrongKey, packets[0], Array(packets[1].prefix(20))] {
            shard.receive(datagram, from: Self.stranger)
        }
        let counts = shard.shard.statistics
        #expect(counts.accepted == 1 && counts.unauthenticated == 2, "\(counts)")
        #expect(counts.replayed == 1 && counts.malformed == 1)
        #expect(shard.located == [home])
        for packet in packets[1...] {
            shard.receive(packet, from: home)
            shard.advance(to: shard.now + TestShard.frame)
        }
        #expect(shard.takePackets(of: 2).count > 50)
    }

    @Test func `an address moves with an authentic packet, and not again at once`() throws {
        let shard = try TestShard()
        Self.join(shard, 1)
        let packets = try Self.talk(1, 300)
        let (one, two) = (TestShard.address(1), Self.stranger)
        shard.receive(packets[0], from: one)
        shard.receive(packets[1], from: two)
        #expect(shard.located == [one])
        #expect(shard.shard.statistics.misplaced == 1)
        shard.advance(to: shard.now + 3_000_000_000)
        shard.receive(packets[2], from: two)
        shard.receive(packets[3], from: one)
        #expect(shard.located == [one, two])
    }

    @Test(arguments: [50, 70])
    func `a client that sends without having said so is not heard, and after a second told of once`(count: Int) throws {
        let shard = try TestShard()
        Self.join(shard, 1, flags: [])
        shard.join(2)
        for packet in try Self.talk(1, count) { shard.receive(packet, from: TestShard.address(1)) }
        let told = shard.events.filter { if case .unannounced = $0 { true } else { false } }
        #expect(told.count == (count > 50 ? 1 : 0))
        #expect(shard.shard.statistics.unannounced == count && shard.shard.nextDeadline == nil)
    }

    @Test func `every datagram is counted once`() throws {
        let shard = try TestShard()
        Self.join(shard, 1)
        shard.join(2)
        var random = SystemRandomNumberGenerator()
        let packets = try Self.talk(1, 400)
        for (i, packet) in packets.enumerated() {
            var datagram = packet
            switch i % 8 {
            case 0: datagram = (0..<Int.random(in: 0...120, using: &random)).map { _ in .random(in: 0...255) }
            case 1: datagram = Array(packet.prefix(Int.random(in: 0...packet.count, using: &random)))
            case 2: datagram[Int.random(in: 0..<packet.count, using: &random)] ^= 0xFF
            case 3: datagram = packets[Int.random(in: 0...i, using: &random)]
            case 4: datagram = [UInt8](repeating: 0, count: 8)
            default: break
            }
            shard.receive(datagram, from: i % 16 == 5 ? Self.stranger : TestShard.address(1))
            shard.advance(to: shard.now + TestShard.frame)
        }
        let s = shard.shard.statistics
        #expect(s.received == 400 && s.outcomes == 400)
    }
}

extension TestShard {
    var located: [Endpoint] { events.compactMap { if case .located(_, let endpoint) = $0 { endpoint } else { nil } } }
}
