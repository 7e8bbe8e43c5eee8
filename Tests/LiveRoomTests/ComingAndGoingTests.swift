import LiveRoom
import MediaCore
import Testing

/// Members who come and go, while others speak and while they speak themselves.
@Suite struct ComingAndGoingTests {
    @Test func `whoever leaves in the middle of a word fades out, and their lane is given back`() throws {
        let shard = try TestShard()
        for member in 1...3 { shard.join(member) }
        let talkers = [try Talker(1, frequency: 440), try Talker(2, frequency: 700)]
        shard.run(60, talking: talkers)
        _ = shard.takePackets(of: 3)
        shard.apply(.leave(MemberID(1)))
        shard.run(60, talking: talkers)
        let heard = try Heard.decode(shard.takePackets(of: 3))
        #expect(Heard.amplitude(440, in: heard) < 0.002)
        #expect(Heard.amplitude(700, in: heard) > 0.08)
        #expect(shard.shard.statistics.voices == 1)
        #expect(shard.shard.statistics.unknown == 60)
    }

    @Test func `a member who takes another's number in the room goes on speaking`() throws {
        let shard = try TestShard()
        for member in 1...4 { shard.join(member) }
        let talker = try Talker(4, frequency: 440)
        shard.run(50, talking: [talker])
        // The last member takes the number of the one who leaves.
        shard.apply(.leave(MemberID(1)))
        _ = shard.takePackets(of: 2)
        shard.run(50, talking: [talker])
        #expect(shard.takePackets(of: 2).count == 50)
        #expect(shard.takePackets(of: 4).count == 0)
        #expect(shard.speaking.map(\.isSpeaking) == [true])
    }

    @Test func `who joins while somebody speaks hears them from the next frame on`() throws {
        let shard = try TestShard()
        shard.join(1)
        shard.join(2)
        let talker = try Talker(1, frequency: 440)
        shard.run(50, talking: [talker])
        shard.join(3)
        shard.run(25, talking: [talker])
        let packets = shard.takePackets(of: 3)
        #expect(packets.count == 25)
        #expect(Heard.amplitude(440, in: try Heard.decode(packets)) > 0.1)
        #expect(shard.shard.statistics.classes == 1)
    }

    @Test func `when all places are taken whoever speaks next waits`() throws {
        let shard = try TestShard(places: 2)
        for member in 1...4 { shard.join(member) }
        let talkers = try (1...3).map { try Talker($0, frequency: Double(300 * $0)) }
        shard.run(50, talking: talkers)
        #expect(shard.shard.statistics.voices == 2)
        #expect(shard.shard.statistics.withoutPlace == 50)
        shard.apply(.leave(MemberID(1)))
        shard.run(100, talking: Array(talkers[1...]))
        #expect(Heard.amplitude(900, in: try Heard.decode(shard.takePackets(of: 4))) > 0.05)
    }

    @Test func `closing a room leaves nothing behind`() throws {
        let shard = try TestShard()
        for member in 1...3 { shard.join(member) }
        let talkers = [try Talker(1, frequency: 440), try Talker(2, frequency: 700)]
        shard.run(30, talking: talkers)
        shard.apply(.close(TestShard.room))
        shard.run(30, talking: talkers)
        let counts = shard.shard.statistics
        #expect(counts.members == 0 && counts.rooms == 0 && counts.voices == 0 && counts.classes == 0)
        #expect(shard.shard.nextDeadline == nil)
        shard.apply(.open(TestShard.room, plan: try TestShard.guildVoice(), places: 8))
        shard.join(1)
        #expect(shard.shard.statistics.members == 1)
    }

    @Test func `the same input gives the same output`() throws {
        func play() throws -> [RecordingSink.Packet] {
            let shard = try TestShard()
            for member in 1...5 { shard.join(member) }
            let talkers = try (1...3).map { try Talker($0, frequency: Double(300 * $0)) }
            for frame in 0..<150 {
                if frame == 40 { shard.apply(.mute(MemberID(5), hears: MemberID(1), isMuted: true)) }
                if frame == 60 { shard.apply(.leave(MemberID(2))) }
                if frame == 80 { shard.join(6) }
                if frame == 90 { shard.apply(.set(MemberID(3), .serverMute)) }
                shard.run(1, talking: frame % 50 < 30 ? talkers : [talkers[0]])
            }
            return shard.sink.packets
        }
        let (one, other) = (try play(), try play())
        #expect(one.count > 400)
        #expect(one.elementsEqual(other))
    }

    @Test func `ten thousand come and go`() throws {
        let shard = try TestShard()
        shard.join(1)
        let talker = try Talker(1, frequency: 440)
        for i in 0..<10_000 {
            shard.join(2 + i % 7)
            if i % 100 == 0 { shard.run(1, talking: [talker]) }
            if i >= 3 { shard.apply(.leave(MemberID(UInt64(2 + (i - 3) % 7)))) }
        }
        #expect(shard.shard.statistics.members == 4)
        for member in 1...8 { shard.apply(.leave(MemberID(UInt64(member)))) }
        #expect(shard.shard.statistics.members == 0)
        shard.run(50)
        #expect(shard.shard.statistics.voices == 0 && shard.shard.nextDeadline == nil)
    }
}
