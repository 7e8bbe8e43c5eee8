import BasicContainers
import PacketCapture

/// What a shard brings forth: datagrams, events, counts.
struct TickOutput: ~Copyable {
    /// Datagrams of one batch: what the caches hold.
    static let batch = 256
    /// The longest datagram that goes out, IP and UDP headers left out.
    static let maximumBytes = 1472

    var statistics = ShardStatistics()
    var events = EventQueue()
    var datagrams = OutgoingDatagrams(capacity: batch, maximumBytes: maximumBytes)

    /// Hands over what has gathered.
    mutating func flush(into sink: inout some DatagramSink & ~Copyable) {
        guard !datagrams.isEmpty else { return }
        statistics.sent += datagrams.count
        for i in datagrams.entries.indices { statistics.sentBytes += Int(datagrams.entries[i].length) }
        sink.send(datagrams)
        datagrams.removeAll()
    }

    /// Hands over what has gathered if one more datagram of so many bytes might not fit.
    mutating func makeRoom(for length: Int, _ sink: inout some DatagramSink & ~Copyable) {
        if !datagrams.hasRoom(for: length) { flush(into: &sink) }
    }
}

/// Events that wait, oldest first: a ring that grows when it must, and is emptied by whoever drives the shard.
struct EventQueue: ~Copyable {
    /// Beyond this the oldest are lost: whoever drives the shard does not take them.
    static let maximum = 65_536

    private var events: [ShardEvent] = []
    private var head = 0

    init() { events.reserveCapacity(256) }

    mutating func append(_ event: ShardEvent) {
        if events.count - head >= Self.maximum { head += 1 }
        events.append(event)
    }

    mutating func next() -> ShardEvent? {
        guard head < events.count else { return nil }
        defer {
            head += 1
            if head == events.count {
                events.removeAll(keepingCapacity: true)
                head = 0
            }
        }
        return events[head]
    }
}
