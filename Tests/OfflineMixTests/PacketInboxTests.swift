import OfflineMix
import Testing

@Suite struct PacketInboxTests {
    @Test func `hours of packets pass an inbox in which some always wait`() {
        let inbox = PacketInbox()
        var heard = 0
        var isInOrder = true
        // 8 MB in all: twice what may wait.
        for number in 0..<80_000 {
            let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 100)
            inbox.add(payload.span, time: Int64(number))
            // The last three have come, but their tick has not.
            inbox.drain(until: Int64(number) - 3) { bytes, time in
                isInOrder = isInOrder && time == Int64(heard) && bytes.count == 100
                isInOrder = isInOrder && bytes[99] == UInt8(truncatingIfNeeded: time)
                heard += 1
            }
        }
        #expect(inbox.overflowed == 0 && heard == 79_997 && isInOrder)
    }

    @Test func `what waits is bounded, and counted beyond that`() {
        let inbox = PacketInbox()
        let payload = [UInt8](repeating: 7, count: 1000)
        for number in 0..<5000 { inbox.add(payload.span, time: Int64(number)) }
        #expect(inbox.overflowed == 5000 - PacketInbox.maximumBytes / 1000)
    }
}
