import MediaCore

/// What became of the datagrams of a sender before the jitter buffer. Counts only grow.
public struct PacketStatistics: Sendable, Hashable {
    public var received = 0
    /// No RTP, no Opus, or too long.
    public var malformed = 0
    /// Of payload types that are neither Opus nor redundancy.
    public var otherPayloads = 0
    /// With a tag that is not that of the key: forged, or the key is wrong.
    public var unauthenticated = 0
    public var replayed = 0
    /// Beyond the replay window.
    public var tooOld = 0

    public init() {}

    mutating func count(_ refusal: PacketRefusal) {
        switch refusal {
        case .malformed: malformed += 1
        case .unauthenticated: unauthenticated += 1
        case .replayed: replayed += 1
        case .tooOld, .exhausted: tooOld += 1
        }
    }
}
