import LiveRoom
import MediaCore
import PacketCapture
import RTPWire
import Testing

@Suite struct TickSpreadTests {
    static let period: Int64 = 20_000_000

    /// Rooms of one shard, each ticking once per frame, in virtual time.
    struct Rooms {
        var spread = TickSpread()
        var shares: [TickSpread.Share]
        var deadlines: [Int64]

        init(_ deadlines: [Int64]) {
            self.deadlines = deadlines
            shares = deadlines.map { _ in TickSpread.Share() }
        }

        mutating func run(_ ticks: Int, cost: (Int) -> Int64) {
            for _ in 0..<ticks {
                guard let next = deadlines.indices.min(by: { deadlines[$0] < deadlines[$1] }) else { return }
                let later = spread.tick(
                    at: deadlines[next], period: TickSpreadTests.period, cost: cost(next), ofWhichLater: 0,
                    &shares[next])
                deadlines[next] += TickSpreadTests.period + later
            }
        }

        /// How long ticks that take so long wait for each other, at most, in one frame.
        func longestWait(cost: (Int) -> Int64) -> Int64 {
            var (busyUntil, longest) = (Int64.min, Int64(0))
            for room in deadlines.indices.sorted(by: { deadlines[$0] < deadlines[$1] }) {
                let start = max(deadlines[room], busyUntil)
                longest = max(longest, start - deadlines[room])
                busyUntil = start + cost(room)
            }
            return longest
        }
    }

    @Test func `rooms that begin at the same moment soon tick one after the other, and then stay`() {
        let cost: (Int) -> Int64 = { $0 % 2 == 0 ? 400_000 : 800_000 }
        var rooms = Rooms(Array(repeating: 1_000_000_000, count: 25))
        #expect(rooms.longestWait(cost: cost) > 10_000_000)
        rooms.run(25 * 50, cost: cost)
        #expect(rooms.longestWait(cost: cost) <= TickSpread.tolerance)
        let before = rooms.deadlines
        rooms.run(25 * 50, cost: cost)
        #expect(zip(rooms.deadlines, before).allSatisfy { $0 - $1 == 50 * Self.period })
    }

    @Test func `where rooms take all of the time, nobody is moved for ever`() {
        var rooms = Rooms(Array(repeating: 1_000_000_000, count: 25))
        rooms.run(25 * 100) { _ in 900_000 }
        let before = rooms.deadlines
        rooms.run(25 * 100) { _ in 900_000 }
        #expect(zip(rooms.deadlines, before).allSatisfy { $0 - $1 == 100 * Self.period })
    }

    @Test func `what a room took is free when it sleeps`() {
        var spread = TickSpread()
        var share = TickSpread.Share()
        _ = spread.tick(at: 0, period: Self.period, cost: 5_000_000, ofWhichLater: 0, &share)
        #expect(spread.load == 0.25)
        spread.leave(period: Self.period, &share)
        #expect(spread.load == 0)
    }

    // MARK: In a shard

    @Test func `rooms whose first words come together do not send together, and no stream has a gap`() throws {
        let rooms = 12
        let test = try TestShard()
        for room in 0..<rooms {
            let id = RoomID(guild: 9, channel: UInt64(room))
            test.apply(.open(id, plan: try TestShard.guildVoice(), places: 4))
            for member in [10 * room, 10 * room + 1] {
                test.apply(.join(id, MemberID(UInt64(member)), Self.profile(member)))
                test.apply(
                    .secure(
                        MemberID(UInt64(member)),
                        MediaSession(inbound: nil, outbound: nil, destination: TestShard.address(member))))
            }
        }
        let talkers = try (0..<rooms).map { try Talker(10 * $0, frequency: 200 + 10 * Double($0)) }
        var sentAt: [Int: [Int64]] = [:]
        for _ in 0..<100 {
            for talker in talkers {
                if let packet = talker.next() { test.receive(packet, from: TestShard.address(talker.member)) }
            }
            let end = test.now + TestShard.frame
            while let deadline = test.shard.nextDeadline, deadline <= end {
                let before = test.sink.packets.count
                test.advance(to: deadline)
                for packet in test.sink.packets[before...] {
                    sentAt[Int(packet.destination.port) - 10_000, default: []].append(deadline)
                }
            }
            test.advance(to: end)
        }
        let last = sentAt.compactMap { $0.value.last }.sorted()
        #expect(last.count == rooms)
        let gaps = zip(last.dropFirst(), last).map { $0 - $1 }
        // Each takes 130 µs of what there would be: never more than so many of them fall together as may wait.
        #expect(gaps.count { $0 < 100_000 } <= rooms / 2, "\(gaps)")
        for room in 0..<rooms {
            let packets = test.takePackets(of: 10 * room + 1)
            let headers = packets.compactMap { try? RTPHeader(parsing: $0.span) }
            #expect(headers.count > 90)
            #expect(zip(headers.dropFirst(), headers).allSatisfy { $0.timestamp &- $1.timestamp == 960 })
        }
    }

    private static func profile(_ member: Int) -> MemberProfile {
        MemberProfile(
            kind: .plain(source: TestShard.address(member), ssrc: nil), ssrc: UInt32(member),
            stream: StreamIdentity(ssrc: UInt32(50_000 + member)), flags: [])
    }

    @Test func `a large room is sent to in slices, and others have their turn between them`() throws {
        let test = try TestShard()
        for member in 1...900 { test.join(member) }
        let talker = try Talker(1, frequency: 300)
        var slices: [Int] = []
        for frame in 0..<60 {
            if let packet = talker.next() { test.receive(packet, from: TestShard.address(1)) }
            let end = test.now + TestShard.frame
            while let deadline = test.shard.nextDeadline, deadline <= end {
                let before = test.sink.packets.count
                test.advance(to: deadline)
                if test.sink.packets.count > before { slices.append(test.sink.packets.count - before) }
                // In the midst of a tick somebody leaves, and the last of all takes their place.
                if frame >= 40, slices.last == 256 { test.apply(.leave(MemberID(UInt64(frame)))) }
            }
            test.advance(to: end)
        }
        #expect(slices.filter { $0 == 256 }.count >= 100)
        #expect(slices.allSatisfy { $0 <= 900 })
        // Whoever stayed has missed nothing and got nothing twice.
        let counts = try (100...900).map { member in
            let headers = try test.takePackets(of: member).map { try RTPHeader(parsing: $0.span) }
            #expect(zip(headers.dropFirst(), headers).allSatisfy { $0.sequenceNumber &- $1.sequenceNumber == 1 })
            #expect(zip(headers.dropFirst(), headers).allSatisfy { $0.timestamp &- $1.timestamp == 960 })
            return headers.count
        }
        #expect(Set(counts).count == 1 && counts[0] > 50, "\(Set(counts))")
    }
}
