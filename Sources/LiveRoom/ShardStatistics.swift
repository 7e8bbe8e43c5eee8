/// What a shard has met so far. Counts only grow; gauges are of this moment.
public struct ShardStatistics: Sendable, Hashable {
    // Datagrams that came in: each is counted in `received` and in one of the others.
    public var received = 0
    /// Given to a jitter buffer.
    public var accepted = 0
    /// Opened, and silent: not decoded.
    public var silent = 0
    /// Opened, of somebody who is muted or deaf.
    public var muted = 0
    /// Opened, but every place of the room is taken.
    public var withoutPlace = 0
    /// Sent before the sender said that it would.
    public var unannounced = 0
    /// RTCP, taken note of.
    public var control = 0
    /// Requests for the own address that were answered, and keep-alives.
    public var discoveries = 0
    public var keepAlives = 0
    /// Of no SSRC and no address that is known.
    public var unknown = 0
    /// Of somebody who has no keys yet.
    public var unsecured = 0
    public var malformed = 0
    public var unauthenticated = 0
    public var replayed = 0
    /// Authentic, but from another address than the one before, and too soon after the last move.
    public var misplaced = 0

    /// Datagrams that went out, and bytes of them.
    public var sent = 0
    public var sentBytes = 0

    /// Ticks of rooms.
    public var ticks = 0
    public var framesDecoded = 0
    public var framesEncoded = 0
    /// Mixes that went on from a copy of another.
    public var forks = 0
    /// Mixes that were given up for another that had become equal.
    public var merges = 0

    // Gauges.
    public var rooms = 0
    public var awakeRooms = 0
    public var members = 0
    /// Members with a place among the voices.
    public var voices = 0
    public var classes = 0
    /// Lanes and mixes that are made and not in use.
    public var spareLanes = 0
    public var spareClasses = 0

    public init() {}
}
