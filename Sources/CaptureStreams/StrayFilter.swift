import RTPWire

/// Keeps stray packets out of a stream's counts: one whose timestamp is far from where its arrival would have it counts
/// only if the next one agrees with it. A sender who begins anew sends more than one packet; who forges one does not know
/// where the stream is.
struct StrayFilter {
    /// Seconds between timestamps and arrivals that are believed at once: what a jitter buffer does, too.
    static let maximumJump = 10.0

    struct Packet {
        var sequenceNumber: UInt16
        var timestamp: UInt32
        /// In timestamp units.
        var arrival: Double

        init(_ header: RTPHeader, arrival: Double) {
            sequenceNumber = header.sequenceNumber
            timestamp = header.timestamp
            self.arrival = arrival
        }

        func isFollowed(by other: Packet, rate: Int) -> Bool {
            agrees(with: other, rate: rate)
                && (1...10).contains(sequenceNumber.distance(toSequenceNumber: other.sequenceNumber))
        }

        func agrees(with other: Packet, rate: Int) -> Bool {
            let moved = Double(timestamp.distance(toTimestamp: other.timestamp))
            return (moved - (other.arrival - arrival)).magnitude <= maximumJump * Double(rate)
        }
    }

    /// Packets in doubt that are remembered: strays between those of a new beginning do not hide it.
    private static let maximumDoubtful = 4

    private var last: Packet?
    private var doubtful: [Packet] = []

    /// - Returns: the packets that count now: this one, after the one that it agrees with if that was in doubt.
    mutating func add(_ packet: Packet, rate: Int) -> [Packet] {
        guard let last, !last.agrees(with: packet, rate: rate) else {
            doubtful.removeAll(keepingCapacity: true)
            self.last = packet
            return [packet]
        }
        guard let candidate = doubtful.last(where: { $0.isFollowed(by: packet, rate: rate) }) else {
            if doubtful.count == Self.maximumDoubtful { doubtful.removeFirst() }
            doubtful.append(packet)
            return []
        }
        doubtful.removeAll(keepingCapacity: true)
        self.last = packet
        return [candidate, packet]
    }
}
