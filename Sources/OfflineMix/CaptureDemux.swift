import CaptureStreams
import FileAccess
import PacketCapture

/// The packets of one stream that have arrived and wait for their track. One thread at a time has it: the demultiplexer
/// between two phases, the track within one.
package final class PacketInbox: @unchecked Sendable {
    private struct Packet {
        var time: Int64
        var range: Range<Int>
    }

    /// What may wait at once; more in a twelfth of a second is no voice.
    package static let maximumBytes = 4 << 20
    /// What was taken out is forgotten when it is as many packets, so that what waits moves seldom.
    private static let compaction = 128

    private var packets: [Packet] = []
    private var bytes: [UInt8] = []
    package private(set) var overflowed = 0
    private var next = 0

    package init() {
        packets.reserveCapacity(256)
        bytes.reserveCapacity(1 << 16)
    }

    package func add(_ payload: Span<UInt8>, time: Int64) {
        if next >= Self.compaction { compact() }
        guard bytes.count + payload.count <= Self.maximumBytes else {
            overflowed += 1
            return
        }
        let start = bytes.count
        for i in payload.indices { bytes.append(payload[i]) }
        packets.append(Packet(time: time, range: start..<bytes.count))
    }

    /// Calls `body` with each packet that has come until a time, in order.
    package func drain(until time: Int64, _ body: (Span<UInt8>, Int64) -> Void) {
        while next < packets.count, packets[next].time <= time {
            body(bytes.span.extracting(packets[next].range), packets[next].time)
            next += 1
        }
        if next == packets.count { compact() }
    }

    /// Moves what waits to the front.
    private func compact() {
        let start = next < packets.count ? packets[next].range.lowerBound : bytes.count
        packets.removeSubrange(0..<next)
        bytes.removeSubrange(0..<start)
        for i in packets.indices {
            let range = packets[i].range
            packets[i].range = (range.lowerBound - start)..<(range.upperBound - start)
        }
        next = 0
    }
}

/// Reads one capture as far as the mix has come, and hands every packet to the track of its stream.
final class CaptureDemux {
    /// What a stream is heard before the first moment that is wanted, so that its buffer and its decoder have settled.
    static let preRoll: Int64 = 2_000_000_000

    private struct Route {
        var inbox: PacketInbox
        /// Added to capture times to get the mix's time.
        var shift: Int64
    }

    let path: String
    private var reader: CaptureReader
    private var routes: [StreamKey: [Route]] = [:]
    private var leastShift = Int64.max
    private var waiting: CaptureReader.Datagram?
    private var hasEnded = false

    init(path: String) throws(FileError) {
        self.path = path
        reader = try CaptureReader(path: path)
    }

    /// - Parameter shift: nanoseconds from the capture's clock to the mix's.
    func add(_ key: StreamKey, shift: Int64, inbox: PacketInbox) {
        routes[key, default: []].append(Route(inbox: inbox, shift: shift))
        leastShift = min(leastShift, shift)
    }

    /// Hands out what came up to a moment of the mix's time, in nanoseconds.
    func read(until time: Int64) throws(FileError) {
        let latest = leastShift == .max ? .max : time - leastShift
        while !hasEnded {
            if waiting == nil { waiting = try reader.next() }
            guard let datagram = waiting else {
                hasEnded = true
                return
            }
            guard datagram.time <= latest else { return }
            waiting = nil
            guard !datagram.isCut, case .rtp(let key) = StreamFinder.kind(datagram, reader.payload) else { continue }
            for route in routes[key] ?? [] {
                let moment = datagram.time + route.shift
                if moment >= -Self.preRoll { route.inbox.add(reader.payload, time: moment) }
            }
        }
    }

    func takeWarnings() -> [FileWarning] { reader.takeWarnings() }
}
