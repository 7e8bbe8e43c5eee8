import BasicContainers
import LiveRoom
import PacketCapture

/// A shard, and what it has sent since somebody looked.
final class ShardHost {
    var shard = Shard()
    var outbox = Outbox()

    struct Outbox: DatagramSink {
        var datagrams: [(destination: Endpoint, bytes: [UInt8])] = []

        mutating func send(_ sent: borrowing OutgoingDatagrams) {
            for i in 0..<sent.count {
                let span = sent.datagram(i)
                let bytes = unsafe span.withUnsafeBufferPointer { unsafe Array($0) }
                datagrams.append((sent.entries[i].destination, bytes))
            }
        }
    }

    func advance(to now: Int64) { shard.advance(to: now, into: &outbox) }

    func apply(_ command: ShardCommand, at now: Int64) { shard.apply(command, at: now, into: &outbox) }

    func receive(_ datagram: [UInt8], from source: Endpoint, at now: Int64) {
        var bytes = datagram
        var span = bytes.mutableSpan
        shard.receive(&span, from: source, at: now, into: &outbox)
    }

    func takeDatagrams() -> [(destination: Endpoint, bytes: [UInt8])] {
        defer { outbox.datagrams.removeAll(keepingCapacity: true) }
        return outbox.datagrams
    }
}
