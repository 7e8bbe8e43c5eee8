import LiveRoom
import MediaCore
import MediaPlane
import PacketCapture
import Synchronization
import Testing

/// A turn can last longer than it is to the next deadlines. What arrives meanwhile is in time for those all the same.
@Suite struct OrderOfTimeTests {
    /// Ticks every 4 ms and takes 11 for it; knows up to when it was told that time has passed, when a datagram came.
    struct SlowCore: ~Copyable, ShardCore {
        static let interval: Int64 = 4_000_000

        final class Record: Sendable {
            /// By the number in a datagram: the latest deadline that had been run when it was handed in.
            let ranBefore = Mutex<[Int: Int64]>([:])
        }

        var statistics = ShardStatistics()
        private(set) var nextDeadline: Int64?
        private var ran: Int64 = 0
        private var isLong = false
        private let record: Record

        init(_ record: Record) { self.record = record }

        mutating func advance(to now: Int64, into sink: inout some DatagramSink & ~Copyable) {
            while let deadline = nextDeadline, deadline <= now {
                ran = deadline
                nextDeadline = deadline + Self.interval
                isLong.toggle()
                let end = PlaneClock.now + (isLong ? 11_000_000 : 0)
                while PlaneClock.now < end {}
            }
        }

        mutating func receive(
            _ datagram: inout MutableSpan<UInt8>, from source: Endpoint, at now: Int64,
            into sink: inout some DatagramSink & ~Copyable
        ) {
            nextDeadline = nextDeadline ?? now + Self.interval
            let number = Int(datagram[0]) << 8 | Int(datagram[1])
            let before = ran
            record.ranBefore.withLock { $0[number] = before }
        }

        mutating func apply(_ command: ShardCommand, at now: Int64, into sink: inout some DatagramSink & ~Copyable) {}
        mutating func nextEvent() -> ShardEvent? { nil }
        mutating func maintain() -> Bool { false }
    }

    @Test func `no tick is run before what had arrived by then`() throws {
        let record = SlowCore.Record()
        let wake = try WakeEvent()
        let thread = try ShardThread(
            index: 0, configuration: ShardThreadConfiguration(endpoint: .loopback()), wake: wake
        ) { SlowCore(record) }
        var peer = try Peer()
        var poller = try Poller()
        var sentBy: [Int64] = []
        for number in 0..<300 {
            peer.send([UInt8(number >> 8), UInt8(number & 255)], to: thread.endpoint)
            sentBy.append(PlaneClock.now)
            poller.wait(until: PlaneClock.now + 1_000_000)
        }
        thread.stop()
        let ran = record.ranBefore.withLock { $0 }
        #expect(ran.count == 300)
        let overtaken = ran.filter { $0.value > sentBy[$0.key] }
        #expect(overtaken.isEmpty, "\(overtaken.count) datagrams came after ticks that were due later")
    }
}
