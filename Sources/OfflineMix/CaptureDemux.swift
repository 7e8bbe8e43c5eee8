import CaptureStreams
import FileAccess
import PacketCapture

/// The packets of one stream that have arrived and wait for their track. One thread at a time has it: the demultiplexer
/// between two phases, the track within one.
final class PacketInbox: @unchecked Sendable {
    struct Packet {
        var time: Int64
        var range: Range<Int>
    }

    /// What may wait at once; more in a twelfth of a second is no voice.
    static let maximumBytes = 4 << 20

    private(set) var packets: [Packet] = []
    private var bytes: [UInt8] = []
    private(set) var overflowed = 0
    private var next = 0

    init() {
        packets.reserveCapacity(256)
        bytes.reserveCapacity(1 << 16)
    }

    func add(_ payload: Span<UInt8>, time: Int64) {
        guard bytes.count + payload.count <= Self.maximumBytes else {
            overflowed += 1
            return
        }
        let start = bytes.count
        for i in payload.indices { bytes.append(payload[i]) }
        packets.append(Packet(time: time, range: start..<bytes.count))
    }

    /// Calls `body` with each packet that has come until a time, in order.
    func drain(until time: Int64, _ body: (Span<UInt8>, Int64) -> Void) {
        while next < packets.count, packets[next].time <= time {
            body(bytes.span.extracting(packets[next].range), packets[next].time)
            next += 1
        }
        guard next == packets.count else { return }
        packets.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
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
    private var waiting: CaptureReader.Datagram?
    private var hasEnded = false

    init(path: String) throws(FileError) {
        self.path = path
        reader = try CaptureReader(path: path)
    }

    /// - Parameter shift: nanoseconds from the capture's clock to the mix's.
    func add(_ key: StreamKey, shift: Int64, inbox: PacketInbox) {
        routes[key, default: []].append(Route(inbox: inbox, shift: shift))
    }

    /// Hands out what came up to a moment of the mix's time, in nanoseconds.
    func read(until time: Int64) throws(FileError) {
        let latest = routes.values.joined().map { time - $0.shift }.max() ?? .max
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
