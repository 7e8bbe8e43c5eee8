import Foundation
import LiveRoom
import MediaCore
import StageBench
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

    /// 10 · log10 of signal over error, of one frame.
    private static func ratio(_ heard: ArraySlice<Float>, _ meant: ArraySlice<Float>) -> Double {
        let error = zip(heard, meant).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        let power = meant.reduce(0.0) { $0 + Double($1) * Double($1) }
        return 10 * log10(max(power, 1e-12) / max(error, 1e-20))
    }

    @Test func `the change back is not heard: 28 dB at worst in the first frame, 80 in the second`() throws {
        let shard = try TestShard()
        for member in 1...3 { shard.join(member) }
        let said = try (0..<2).map {
            try BenchMaterial(.speech, talker: $0, format: AudioFormat(), seconds: 12).samples
        }
        let (first, second) = (try Talker(1, saying: said[0]), try Talker(2, saying: said[1]))
        var (mine, others): ([[UInt8]], [[UInt8]]) = ([], [])
        // The numbers of the packets with which member 2 came back.
        var changes: [Int] = []
        for frame in 0..<900 {
            // Member 2 speaks again and again, for 0.5 s.
            second.isSilent = !(frame > 40 && frame % 61 < 25)
            let merges = shard.shard.statistics.merges
            shard.run(1, talking: [first, second])
            mine += shard.takePackets(of: 2)
            others += shard.takePackets(of: 3)
            if shard.shard.statistics.merges > merges, mine.count == others.count { changes.append(mine.count - 1) }
        }
        let (heard, meant) = (try Heard.decode(mine), try Heard.decode(others))
        let ratios = changes.filter { $0 + 1 < mine.count }.map { change in
            func ratio(_ frame: Int) -> Double {
                Self.ratio(heard[(frame * 960)..<((frame + 1) * 960)], meant[(frame * 960)..<((frame + 1) * 960)])
            }
            return (first: ratio(change), second: ratio(change + 1))
        }
        #expect(ratios.count >= 10, "\(ratios.count) ways back")
        #expect(ratios.map(\.first).sorted()[ratios.count / 2] >= 36, "\(ratios)")
        #expect(ratios.allSatisfy { $0.first >= 28 && $0.second >= 80 }, "\(ratios)")
    }
}
