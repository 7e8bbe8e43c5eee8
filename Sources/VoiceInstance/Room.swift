import LiveRoom
import PacketCapture

/// A room, and who is in it, in the order in which they came.
struct Room: Sendable {
    var channel: ChannelState
    let shard: Int
    /// Who is to be there.
    var expected: Int
    var members: [MemberID] = []
}

/// Somebody in a room.
struct Member: Sendable {
    enum Role: Sendable, Hashable {
        case client(SessionNumber)
        case participant
    }

    let room: RoomID
    let shard: Int
    let role: Role
    /// User or participant.
    let id: Snowflake
    let ssrc: UInt32
    let streamSSRC: UInt32
    var flags: VoiceFlags
    var isSpeaking = false
    var isSecured = false
    var endpoint: Endpoint?
    var failure: String?
}
