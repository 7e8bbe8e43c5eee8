import LiveRoom

/// A guild's state as it was pushed, and what has become of it.
struct Guild: Sendable {
    private(set) var state: GuildState
    /// Of each user, where in `state.voiceStates`.
    private var users: [Snowflake: Int]
    private var usersBySession: [String: Snowflake]
    var sessions: [Snowflake: SessionNumber] = [:]
    var participants: [Snowflake: MemberID] = [:]
    /// Whether anybody has muted anybody for themselves.
    private(set) var hasLocalMutes: Bool

    /// - Parameter state: has been checked: no user and no session is there twice.
    init(_ state: GuildState) {
        self.state = state
        users = Dictionary(
            state.voiceStates.enumerated().map { ($1.user, $0) }, uniquingKeysWith: { first, _ in first })
        usersBySession = Dictionary(
            state.voiceStates.map { ($0.session, $0.user) }, uniquingKeysWith: { first, _ in first })
        hasLocalMutes = state.voiceStates.contains { !$0.localMutes.isEmpty }
    }

    /// Takes a newer state; sessions and participants stay.
    mutating func replace(_ state: GuildState) {
        let (sessions, participants) = (sessions, participants)
        self = Guild(state)
        self.sessions = sessions
        self.participants = participants
    }

    func voiceState(of user: Snowflake) -> VoiceState? { users[user].map { state.voiceStates[$0] } }

    func voiceState(ofSession session: String) -> VoiceState? {
        usersBySession[session].flatMap { voiceState(of: $0) }
    }
}
