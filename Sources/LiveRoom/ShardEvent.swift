public import PacketCapture

/// What a shard has to tell. Whoever drives it takes the events out after each call.
public enum ShardEvent: Sendable {
    /// A member is heard, or not any more.
    case speaking(RoomID, MemberID, Bool)
    /// Media of the member comes from here, and goes there.
    case located(MemberID, Endpoint)
    /// A client of the gateway has sent media for a second without having said that it would; it was not heard.
    case unannounced(MemberID)
    /// A command could not be carried out: keys that do not fit the pipeline, no memory.
    case failed(MemberID, String)
    case report(token: UInt64, ShardReport)
}

/// What is known of a shard's rooms at one moment.
public struct ShardReport: Sendable {
    public var rooms: [RoomReport] = []

    public init() {}
}

public struct RoomReport: Sendable {
    public var room: RoomID
    public var members: [MemberReport] = []
    /// Mixes that are made at this moment.
    public var classes = 0
    /// Members who have a place among the voices.
    public var placesTaken = 0

    public init(room: RoomID) { self.room = room }
}

public struct MemberReport: Sendable {
    public var member: MemberID
    public var endpoint: Endpoint?
    public var isSpeaking = false
    public var flags: VoiceFlags = []
    public var packetsReceived = 0
    /// By outcome; see `ShardStatistics`.
    public var packetsRefused = 0
    public var packetsLost = 0
    public var packetsLate = 0
    public var packetsSent = 0
    /// Of the sender's packets in the jitter buffer, in seconds.
    public var meanDelay = 0.0
    public var targetDelay = 0.0

    public init(member: MemberID) { self.member = member }
}
