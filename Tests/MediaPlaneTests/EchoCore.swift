import BasicContainers
import LiveRoom
import MediaCore
import MediaPlane
import PacketCapture

/// Stands in for a shard: sends every datagram back, and can be told to tick. `.leave` with a member's number makes it
/// tick every so many milliseconds; 0 ends that. It reports a time that went back as a failure.
struct EchoCore: ~Copyable, ShardCore {
    var statistics = ShardStatistics()
    private(set) var nextDeadline: Int64?
    private var interval: Int64 = 0
    private var last: Int64 = 0
    private var events = RigidArray<ShardEvent>(capacity: 64)
    private var outgoing = OutgoingDatagrams(capacity: 8, maximumBytes: 2048)
    private var spares = 3

    mutating func advance(to now: Int64, into sink: inout some DatagramSink & ~Copyable) {
        note(now)
        while let deadline = nextDeadline, deadline <= now {
            statistics.ticks += 1
            nextDeadline = deadline + interval
        }
    }

    mutating func receive(
        _ datagram: inout MutableSpan<UInt8>, from source: Endpoint, at now: Int64,
        into sink: inout some DatagramSink & ~Copyable
    ) {
        note(now)
        statistics.received += 1
        var tail = outgoing.tail(datagram.count)
        for i in datagram.indices { tail[i] = datagram[i] }
        outgoing.append(length: datagram.count, to: source)
        sink.send(outgoing)
        outgoing.removeAll()
    }

    mutating func apply(
        _ command: ShardCommand, at now: Int64, into sink: inout some DatagramSink & ~Copyable
    ) {
        note(now)
        switch command {
        case .report(let token): if !events.isFull { events.append(.report(token: token, ShardReport())) }
        case .leave(let member):
            interval = Int64(member.number) * 1_000_000
            nextDeadline = interval > 0 ? now + interval : nil
        default: break
        }
    }

    mutating func nextEvent() -> ShardEvent? { events.isEmpty ? nil : events.remove(at: 0) }

    mutating func maintain() -> Bool {
        spares = max(spares - 1, 0)
        return spares > 0
    }

    private mutating func note(_ now: Int64) {
        if now < last, !events.isFull { events.append(.failed(MemberID(0), "time went back by \(last - now) ns")) }
        last = max(last, now)
    }
}
