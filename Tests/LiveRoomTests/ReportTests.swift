import LiveRoom
import MediaCore
import PacketCapture
import RTPWire
import SecureRTP
import Testing

/// RTCP for plain participants, in the clear and sealed: what they get is opened by libsrtp.
@Suite struct ReportTests {
    /// How a listener's stream is sealed; nil: not at all.
    static let suites: [CryptoSuite?] = [nil] + CryptoSuite.allCases

    static func key(_ suite: CryptoSuite) -> KeyMaterial {
        KeyMaterial(
            suite: suite.rawValue,
            secret: (0..<(suite.masterKeyBytes + suite.masterSaltBytes)).map { UInt8(7 * $0 & 0xFF) })
    }

    static func join(_ shard: TestShard, _ member: Int, sealed suite: CryptoSuite?) {
        shard.join(member)
        guard let suite else { return }
        shard.apply(
            .secure(
                MemberID(UInt64(member)),
                MediaSession(inbound: nil, outbound: key(suite), destination: TestShard.address(member))))
    }

    /// A receiver's end, made by somebody else.
    struct Receiver: ~Copyable {
        private let session: LibSRTPSession?

        init(_ suite: CryptoSuite?) throws {
            session = try suite.map {
                try LibSRTPSession(MasterKey(suite: $0, keyAndSalt: key($0).secret), .inbound, window: 128)
            }
        }

        /// The packets of an RTCP datagram and, in the clear, what they are in; nil if it does not open.
        func open(_ datagram: [UInt8]) -> Opened? {
            var bytes = datagram
            if session != nil {
                var span = bytes.mutableSpan
                guard case .success(let length) = session?.process(.unprotectRTCP, &span, length: datagram.count) else {
                    return nil
                }
                bytes.removeSubrange(length...)
            }
            return Opened(bytes)
        }
    }

    struct Opened {
        var bytes: [UInt8]
        var packets: [RTCPPacket] = []

        init?(_ bytes: [UInt8]) {
            self.bytes = bytes
            var cursor = RTCPPacket.Cursor()
            while let packet = cursor.next(in: bytes.span) { packets.append(packet) }
            guard !cursor.isMalformed else { return nil }
        }

        var kinds: [RTCPPacket.Kind?] { packets.map(\.kind) }
        var info: SenderInfo? { packets.first?.senderInfo(in: bytes.span) }
        /// In nanoseconds since 1970.
        var wallclock: Int64 {
            let ntp = info?.ntpTime ?? 0
            return (Int64(ntp >> 32) - 2_208_988_800) * 1_000_000_000
                + Int64(((ntp & 0xFFFF_FFFF) * 1_000_000_000) >> 32)
        }
    }

    @Test(arguments: suites) func `a participant's stream ends with a goodbye`(suite: CryptoSuite?) throws {
        let shard = try TestShard()
        shard.join(1)
        Self.join(shard, 2, sealed: suite)
        shard.run(10, talking: [try Talker(1, frequency: 440)])
        shard.apply(.leave(MemberID(2)))
        let receiver = try Receiver(suite)
        let sent = shard.takeReports(of: 2)
        let last = receiver.open(try #require(sent.first))
        #expect(sent.count == 1 && last?.kinds == [.senderReport, .sourceDescription, .goodbye])
        #expect(last.map { $0.packets[2].goodbyeSource(0, in: $0.bytes.span) } == 502)
    }

    @Test(arguments: suites) func `while a stream goes on there is a report every five seconds`(
        suite: CryptoSuite?
    ) throws {
        let shard = try TestShard()
        shard.join(1)
        Self.join(shard, 2, sealed: suite)
        let talker = try Talker(1, frequency: 440)
        let receiver = try Receiver(suite)
        var reports: [(at: Int64, opened: Opened)] = []
        var packets: UInt32 = 0
        for _ in 0..<750 {
            shard.run(1, talking: [talker])
            packets += UInt32(shard.takePackets(of: 2).count)
            for datagram in shard.takeReports(of: 2) {
                let found = receiver.open(datagram)
                let opened = try #require(found)
                #expect(opened.kinds == [.senderReport, .sourceDescription])
                #expect(opened.info?.packetCount == packets)
                reports.append((shard.now, opened))
            }
        }
        #expect(reports.count == 3)
        for (one, next) in zip(reports, reports.dropFirst()) {
            #expect(next.at - one.at == 5_000_000_000)
            // Both clocks go on alike.
            #expect(abs(next.opened.wallclock - one.opened.wallclock - 5_000_000_000) < 2)
            #expect(next.opened.info?.rtpTimestamp == (one.opened.info?.rtpTimestamp ?? 0) &+ 240_000)
        }
    }

    @Test func `a report in a pause, and a goodbye long after, tell the time of their timestamp`() throws {
        let shard = try TestShard()
        shard.join(1)
        shard.join(2)
        let talker = try Talker(1, frequency: 440)
        shard.run(50, talking: [talker])
        // Of a packet: when it was sent, and its timestamp.
        let packet = try #require(shard.takePackets(of: 2).last)
        let (then, timestamp) = (shard.now, try RTPHeader(parsing: packet.span).timestamp)
        shard.run(1000)
        #expect(shard.shard.nextDeadline == nil, "the room is asleep")
        let inPause = try #require(shard.takeReports(of: 2).first.flatMap { Opened($0) })
        shard.apply(.leave(MemberID(2)))
        let goodbye = try #require(shard.takeReports(of: 2).first.flatMap { Opened($0) })
        #expect(goodbye.kinds.last == .goodbye)
        for opened in [inPause, goodbye] {
            let passed = (opened.wallclock - then) * 48 / 1_000_000
            let counted = Int64(opened.info?.rtpTimestamp ?? 0) - Int64(timestamp)
            #expect(abs(passed - counted) <= 960, "\(passed) samples passed, \(counted) were counted")
            #expect(passed > 48_000)
        }
    }

    @Test func `nobody is told of a stream that does not go on`() throws {
        let shard = try TestShard()
        for member in 1...3 { shard.join(member) }
        shard.apply(.set(MemberID(3), .selfDeaf))
        shard.run(600, talking: [try Talker(1, frequency: 440)])
        #expect(shard.takeReports(of: 1).isEmpty, "who speaks alone hears nothing")
        #expect(shard.takeReports(of: 2).count == 2)
        #expect(shard.takeReports(of: 3).isEmpty && shard.takePackets(of: 3).isEmpty)
        shard.run(2000)
        #expect(shard.takeReports(of: 2).count <= 1, "a silent room sends nothing")
    }

    @Test func `RTCP goes where RTP goes if so agreed, and never to the next port of a place that was not told`() throws
    {
        let shard = try TestShard()
        shard.join(1)
        let (told, found) = (TestShard.address(2), Endpoint(ipv4: 0xC000_0201, port: 7040))
        for (member, isMultiplexed) in [(2, true), (3, false), (4, true)] {
            let id = MemberID(UInt64(member))
            let profile = MemberProfile(
                kind: .plain(source: nil, ssrc: UInt32(member)), ssrc: UInt32(member),
                stream: StreamIdentity(ssrc: UInt32(500 + member)))
            shard.apply(.join(TestShard.room, id, profile))
            shard.apply(
                .secure(
                    id,
                    MediaSession(
                        inbound: nil, outbound: nil, destination: member == 2 ? told : nil,
                        multiplexesControl: isMultiplexed)))
            let silence: [UInt8] = [0x80, 120, 0, 1, 0, 0, 0, 0, 0, 0, 0, UInt8(member), 0xF8, 0xFF, 0xFE]
            guard member > 2 else { continue }
            shard.receive(silence, from: member == 4 ? found : DatagramTests.stranger)
        }
        shard.run(300, talking: [try Talker(1, frequency: 440)])
        let reported = shard.sink.packets.filter { RTCPPacket.isPlausible($0.bytes.span) }.map(\.destination)
        #expect(Set(reported) == [told, found])
    }

    @Test func `clients of the gateway get none`() throws {
        let shard = try TestShard()
        shard.join(1)
        DatagramTests.join(shard, 2, claims: TestShard.address(2))
        shard.receive(DatagramTests.request(2), from: TestShard.address(2))
        shard.run(600, talking: [try Talker(1, frequency: 440)])
        shard.apply(.leave(MemberID(2)))
        #expect(!shard.sink.packets.contains { RTCPPacket.isPlausible($0.bytes.span) && $0.bytes.count != 74 })
    }

    @Test func `a thousand are not due at once, and each gets as many as another`() throws {
        let shard = try TestShard()
        for member in 1...1000 { shard.join(member) }
        let talker = try Talker(1, frequency: 440)
        shard.run(10, talking: [talker])
        var each: [Endpoint: Int] = [:]
        var most = 0
        for _ in 0..<250 {
            shard.sink.packets.removeAll(keepingCapacity: true)
            shard.run(1, talking: [talker])
            let reports = shard.sink.packets.filter { RTCPPacket.isPlausible($0.bytes.span) }
            most = max(most, reports.count)
            for report in reports { each[report.destination, default: 0] += 1 }
        }
        #expect(most == 4)
        #expect(each.count == 999 && each.values.allSatisfy { $0 == 1 })
    }

    @Test func `who takes the number of one who leaves is not told twice in short time`() throws {
        let shard = try TestShard()
        for member in 1...20 { shard.join(member) }
        let talker = try Talker(1, frequency: 440)
        var times: [Endpoint: [Int64]] = [:]
        for frame in 0..<1500 {
            shard.sink.packets.removeAll(keepingCapacity: true)
            shard.run(1, talking: [talker])
            if frame % 100 == 99, frame < 1400 { shard.apply(.leave(MemberID(UInt64(2 + frame / 100)))) }
            for packet in shard.sink.packets
            where RTCPPacket.isPlausible(packet.bytes.span) && Opened(packet.bytes)?.kinds.last != .goodbye {
                times[packet.destination, default: []].append(shard.now)
            }
        }
        let gaps = times.values.flatMap { zip($0, $0.dropFirst()).map { $1 - $0 } }
        #expect(gaps.count > 30)
        #expect((gaps.min() ?? 0) >= 2_500_000_000 && (gaps.max() ?? 0) <= 10_000_000_000, "\(gaps)")
    }

    @Test func `a thousand sealed participants leave at once, each with a goodbye that opens`() throws {
        let shard = try TestShard()
        shard.join(0)
        for member in 1...1000 { Self.join(shard, member, sealed: .aeadAES128GCM) }
        shard.run(10, talking: [try Talker(0, frequency: 440)])
        shard.sink.packets.removeAll()
        for member in 1...1000 { shard.apply(.leave(MemberID(UInt64(member)))) }
        let sent = shard.sink.packets
        #expect(sent.count == 1000)
        for packet in sent where packet.destination.port % 100 == 1 {
            let opened = try Receiver(.aeadAES128GCM).open(packet.bytes)
            #expect(opened?.kinds.last == .goodbye)
        }
    }
}
