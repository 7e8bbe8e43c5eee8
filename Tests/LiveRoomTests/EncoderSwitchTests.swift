import LiveRoom
import MediaCore
import Testing

/// What a listener is sent when they begin to speak, and when they stop.
@Suite struct EncoderSwitchTests {
    /// What member 2 is sent while member 1 speaks.
    static func run(secondTalks: Range<Int>?, frames: Int = 150) throws -> [[UInt8]] {
        let shard = try TestShard()
        for member in 1...3 { shard.join(member) }
        let first = try Talker(1, frequency: 440)
        let second = try Talker(2, frequency: 700)
        for frame in 0..<frames {
            // Both runs have packets at the same moments.
            second.isSilent = !(secondTalks?.contains(frame) ?? false)
            shard.run(1, talking: [first, second])
        }
        return shard.takePackets(of: 2)
    }

    @Test func `who begins to speak is sent the very bits of who never did`() throws {
        let quiet = try Self.run(secondTalks: nil)
        let talking = try Self.run(secondTalks: 60..<150)
        #expect(quiet.count == talking.count)
        let same = zip(quiet, talking).count { Heard.payload($0) == Heard.payload($1) }
        #expect(same == quiet.count, "\(quiet.count - same) packets differ")
    }

    @Test func `who stops to speak goes back to the mix of the others within a frame`() throws {
        let quiet = try Self.run(secondTalks: nil)
        let talking = try Self.run(secondTalks: 40..<80)
        #expect(quiet.count == talking.count, "no gap and nothing twice")
        // The frame that the way back begins with needs no other; after it, both decoders hear the same.
        let (one, other) = (try Heard.decode(quiet), try Heard.decode(talking))
        let tail = zip(one, other).suffix(960 * 20)
        let error = tail.reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        let power = tail.reduce(0.0) { $0 + Double($1.0) * Double($1.0) }
        #expect(error < power * 1e-3)
    }
}
