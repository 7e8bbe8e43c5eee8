/// A voice channel of a guild: one room.
public struct RoomID: Sendable, Hashable, Comparable {
    public var guild: UInt64
    public var channel: UInt64

    public init(guild: UInt64, channel: UInt64) {
        self.guild = guild
        self.channel = channel
    }

    public static func < (lhs: RoomID, rhs: RoomID) -> Bool {
        (lhs.guild, lhs.channel) < (rhs.guild, rhs.channel)
    }
}

/// One person's or participant's stay in a room. Whoever hands them out never uses one twice.
public struct MemberID: Sendable, Hashable {
    public var number: UInt64

    public init(_ number: UInt64) { self.number = number }
}
