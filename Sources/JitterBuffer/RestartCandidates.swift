import MediaCore
import RTPWire

/// Packets that do not belong to the stream that is played, but may be the first of a new one: a few, so that strays
/// between the packets of a new beginning do not hide it.
struct RestartCandidates {
    struct Candidate {
        var packet: MediaPacket
        var arrival: Int64
    }

    static let capacity = 4

    private var candidates = InlineArray<4, Candidate?>(repeating: nil)
    /// Remembered since the last packet that belonged; the newest are kept.
    private var count = 0

    /// Whether a remembered packet came right before this one; if none did, this one is remembered for the oldest.
    mutating func isConfirmed(by packet: MediaPacket, arrival: Int64, maximumJump: Int64) -> Bool {
        for i in 0..<min(count, Self.capacity) {
            guard let candidate = candidates[i], candidate.packet.ssrc == packet.ssrc else { continue }
            let step = candidate.packet.sequenceNumber.distance(toSequenceNumber: packet.sequenceNumber)
            let moved = candidate.packet.timestamp.distance(toTimestamp: packet.timestamp)
            let elapsed = arrival - candidate.arrival
            if (1...10).contains(step), moved > 0, (Int64(moved) - elapsed).magnitude <= UInt64(maximumJump) {
                return true
            }
        }
        candidates[count % Self.capacity] = Candidate(packet: packet, arrival: arrival)
        count += 1
        return false
    }

    mutating func removeAll() { count = 0 }
}
