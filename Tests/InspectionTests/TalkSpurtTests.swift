import Inspection
import RTPWire
import Testing

@Suite struct TalkSpurtTests {
    /// Counts what a line tells: a letter is a packet, `.` is 20 ms in which the sender pauses, `x` a lost packet, and
    /// `<` makes the packet after it come after the next one.
    private static func count(_ line: String) throws -> Int {
        var (sequenceNumber, timestamp) = (UInt16(65_530), UInt32.max - 3000)
        var packets: [RTPHeader] = []
        var late: Int?
        for character in line where character != " " {
            switch character {
            case "<": late = packets.count
            case ".": timestamp &+= 960
            case "x": (sequenceNumber, timestamp) = (sequenceNumber &+ 1, timestamp &+ 960)
            default:
                let writer = RTPWriter(payloadType: 111, sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: 1)
                var bytes = [UInt8](repeating: 0, count: 12)
                let nobody: [UInt32] = []
                var span = bytes.mutableSpan
                _ = writer.write(contributingSources: nobody.span, into: &span)
                packets.append(try RTPHeader(parsing: bytes.span))
                (sequenceNumber, timestamp) = (sequenceNumber &+ 1, timestamp &+ 960)
            }
        }
        if let late { packets.swapAt(late, late + 1) }
        var counter = TalkSpurtCounter()
        for packet in packets { counter.add(packet, samples: 960) }
        return counter.count
    }

    @Test(arguments: [
        ("", 0), ("a", 0), ("aaaaaaaaaaaa", 1), ("aaa....aaa", 2), ("aaa.aaa", 2), ("aaaxxxaaa", 1), ("aaaa<aaaaa", 1),
        ("aaa.......a.......a.......aaa", 2), ("aaa..x..aaa", 2), ("aax....aa..xaa", 3), ("aa.<aaaa", 2),
    ])
    func `pauses part talk-spurts; losses, reordering and refreshes of noise do not`(line: String, count: Int) throws {
        #expect(try Self.count(line) == count)
    }
}
