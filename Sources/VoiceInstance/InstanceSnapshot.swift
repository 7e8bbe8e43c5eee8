public import LiveRoom
public import PacketCapture

/// A room as the instance knows it; what is heard there, its shard knows.
public struct RoomSnapshot: Sendable, Hashable {
    public var room: RoomID
    public var pipeline: String
    public var places: Int
    public var shard: Int
    public var members: [MemberSnapshot]
}

/// Somebody in a room.
public struct MemberSnapshot: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable { case client, participant }

    public var member: MemberID
    public var kind: Kind
    /// User or participant.
    public var id: Snowflake
    /// What stands for its voice.
    public var ssrc: UInt32
    /// What it gets is marked with.
    public var streamSSRC: UInt32
    public var flags: VoiceFlags
    public var isSpeaking: Bool
    /// Whether it has keys.
    public var isSecured: Bool
    /// Of a client: whether its connection is there, or awaited.
    public var isConnected: Bool
    /// For the instance's own API: no client ever learns it.
    public var endpoint: Endpoint?
    /// Why its shard could not serve it.
    public var failure: String?
}
