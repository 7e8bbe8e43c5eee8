public import FileAccess
public import PacketCapture
import RTPWire

/// Sends the datagrams of a capture through bad networks, one for each flow, into another capture.
public struct CaptureImpairer {
    /// Flows that have a network of their own; further ones share the last.
    public static let maximumFlows = 4096
    /// Datagrams that are under way at once; beyond that the earliest is let out.
    public static let maximumPending = 1 << 18

    /// Changes of RTP headers that senders make, too. They break SRTP's authentication.
    public struct Rewriting: Sendable, Hashable {
        /// Added to sequence numbers: 65000, say, to see a wrap-around soon.
        public var sequenceNumber: UInt16 = 0
        /// Added to timestamps.
        public var timestamp: UInt32 = 0
        /// When every sender begins anew, with other sequence numbers and timestamps; nil for never.
        public var restart: Duration?

        public init() {}
        var isEmpty: Bool { self == Rewriting() }
    }

    public struct Outcome: Sendable, Hashable {
        public var sent = 0
        public var delivered = 0
        public var lost = 0
        public var outage = 0
        public var dropped = 0
        public var duplicated = 0
        /// Delivered after a datagram that was sent later.
        public var reordered = 0
        public var bytes: Int64 = 0
        /// What was damaged in the input.
        public var warnings: [FileWarning] = []
    }

    private struct Flow: Hashable {
        var source: Endpoint
        var destination: Endpoint
    }

    private let profile: NetworkProfile
    private let seed: UInt64
    private let rewriting: Rewriting
    private var networks: [ImpairedNetwork] = []
    private var flows: [Flow: Int] = [:]
    private var pending = PendingDatagrams()
    private var outcome = Outcome()
    private var start: Int64?
    private var lastOut: [Int: Int] = [:]

    public init(_ profile: NetworkProfile, seed: UInt64, rewriting: Rewriting = Rewriting()) {
        self.profile = profile
        self.seed = seed
        self.rewriting = rewriting
    }

    /// Reads `input` to its end and completes `output`.
    public mutating func run(
        from input: consuming CaptureReader, to output: consuming CaptureWriter
    ) throws(FileError) -> Outcome {
        var reader = input
        var writer = output
        while let datagram = try reader.next() {
            let first = start ?? datagram.time
            start = first
            send(datagram, Self.bytes(reader.payload), first)
            // What is still to come cannot come out before this: clocks are off by a thousandth at most.
            let horizon = first + (datagram.time - first) / 1001 * 1000
            while let next = pending.first, next.time <= horizon || pending.count > Self.maximumPending {
                try write(pending.removeFirst(), to: &writer)
            }
        }
        while pending.first != nil { try write(pending.removeFirst(), to: &writer) }
        outcome.warnings = reader.takeWarnings()
        outcome.bytes = try writer.finish()
        return outcome
    }

    private mutating func send(_ datagram: CaptureReader.Datagram, _ payload: [UInt8], _ first: Int64) {
        outcome.sent += 1
        let index = network(of: Flow(source: datagram.source, destination: datagram.destination))
        let bytes = rewritten(payload, elapsed: datagram.time - first)
        let order = outcome.sent
        func deliver(_ time: Int64) {
            pending.insert(
                PendingDatagrams.Datagram(
                    time: time, order: order, flow: index, source: datagram.source, destination: datagram.destination,
                    bytes: bytes))
        }
        switch networks[index].send(bytes: payload.count, at: datagram.time) {
        case .lost: outcome.lost += 1
        case .outage: outcome.outage += 1
        case .dropped: outcome.dropped += 1
        case .delivered(let time): deliver(time)
        case .duplicated(let time, let second):
            outcome.duplicated += 1
            deliver(time)
            deliver(second)
        }
    }

    private mutating func network(of flow: Flow) -> Int {
        if let known = flows[flow] { return known }
        guard networks.count < Self.maximumFlows else { return networks.count - 1 }
        networks.append(ImpairedNetwork(profile, seed: seed &+ UInt64(networks.count) &* 0x5851_F42D_4C95_7F2D))
        flows[flow] = networks.count - 1
        return networks.count - 1
    }

    private func rewritten(_ payload: [UInt8], elapsed: Int64) -> [UInt8] {
        guard !rewriting.isEmpty, RTPHeader.isPlausible(payload.span), !RTCPPacket.isPlausible(payload.span) else {
            return payload
        }
        var bytes = payload
        var (number, timestamp) = (rewriting.sequenceNumber, rewriting.timestamp)
        if let restart = rewriting.restart, elapsed >= Int64(restart / .nanoseconds(1)) {
            number &+= 20_011
            timestamp &+= 1_234_567_890
        }
        number &+= payload.span.uint16(at: 2)
        timestamp &+= payload.span.uint32(at: 4)
        var span = bytes.mutableSpan
        span.store(number, at: 2)
        span.store(timestamp, at: 4)
        return bytes
    }

    private mutating func write(
        _ datagram: PendingDatagrams.Datagram, to writer: inout CaptureWriter
    ) throws(FileError) {
        outcome.delivered += 1
        if datagram.order < lastOut[datagram.flow] ?? 0 { outcome.reordered += 1 }
        lastOut[datagram.flow] = max(lastOut[datagram.flow] ?? 0, datagram.order)
        try writer.write(datagram.bytes.span, time: datagram.time, from: datagram.source, to: datagram.destination)
    }

    private static func bytes(_ span: Span<UInt8>) -> [UInt8] { span.indices.map { span[$0] } }
}

/// Datagrams that are under way, the one that comes out first at the front: a binary heap.
struct PendingDatagrams {
    struct Datagram {
        var time: Int64
        var order: Int
        var flow: Int
        var source: Endpoint
        var destination: Endpoint
        var bytes: [UInt8]

        func isBefore(_ other: Datagram) -> Bool { (time, order) < (other.time, other.order) }
    }

    private var heap: [Datagram] = []

    var count: Int { heap.count }
    var first: Datagram? { heap.first }

    mutating func insert(_ datagram: Datagram) {
        heap.append(datagram)
        var child = heap.count - 1
        while child > 0, heap[child].isBefore(heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Traps if there is none.
    mutating func removeFirst() -> Datagram {
        heap.swapAt(0, heap.count - 1)
        let first = heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].isBefore(heap[least]) { least = child }
            }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
