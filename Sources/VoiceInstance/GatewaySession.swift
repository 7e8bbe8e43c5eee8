import LiveRoom

/// From a counter, never used twice.
struct SessionNumber: Sendable, Hashable {
    var number: UInt64
}

/// One user's stay in a voice channel, over as many connections as it takes.
struct GatewaySession: Sendable {
    enum Link: Sendable, Hashable {
        case attached(ConnectionID)
        /// The connection is gone; another may take the session up until then.
        case detached(until: Int64)
    }

    let room: RoomID
    let user: Snowflake
    let member: MemberID
    /// Whether its client's version of the gateway has numbered messages.
    let isSequenced: Bool
    private(set) var link: Link
    /// Whether the client has its keys; only then the others are told of it, and it of them.
    private(set) var isDescribed = false
    private(set) var hasAnnounced = false
    private(set) var speaking: SpeakingFlags = []
    private var outbox: Outbox

    init(
        room: RoomID, user: Snowflake, member: MemberID, connection: ConnectionID, isSequenced: Bool,
        resendMessages: Int
    ) {
        self.room = room
        self.user = user
        self.member = member
        self.isSequenced = isSequenced
        link = .attached(connection)
        outbox = Outbox(capacity: isSequenced ? resendMessages : 0)
    }

    var connection: ConnectionID? {
        if case .attached(let connection) = link { connection } else { nil }
    }

    /// - Returns: what is to be sent now, and where; nil while nobody is there to get it.
    mutating func tell(_ message: ServerMessage) -> (ConnectionID, String)? {
        let sequence = isSequenced && message.isSequenced ? outbox.append(message) : nil
        guard let connection else { return nil }
        return (connection, message.text(sequence: sequence))
    }

    mutating func acknowledge(_ sequence: Int) { outbox.acknowledge(sequence) }

    /// - Returns: whether this is the first time.
    mutating func describe() -> Bool {
        defer { isDescribed = true }
        return !isDescribed
    }

    mutating func announce(_ flags: SpeakingFlags) {
        hasAnnounced = true
        speaking = flags
    }

    mutating func detach(until time: Int64) { link = .detached(until: time) }

    /// Takes the session up on another connection.
    /// - Returns: what was missed; nil if it is not known any more: then nothing has changed.
    mutating func resume(on connection: ConnectionID, isSequenced: Bool, acknowledged: Int?) -> [String]? {
        guard isSequenced == self.isSequenced else { return nil }
        var missed: [String] = []
        if isSequenced {
            guard let messages = outbox.messages(after: acknowledged ?? 0) else { return nil }
            missed = messages.map { $0.message.text(sequence: $0.sequence) }
        }
        link = .attached(connection)
        return missed
    }
}
