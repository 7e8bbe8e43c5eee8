/// What clients are told on the voice gateway. The text is made once, however many it goes to.
struct ServerMessage: Sendable, Hashable {
    /// Users of one `clientsConnect`.
    static let maximumUsers = 500

    /// JSON text without its last brace.
    private let head: String
    /// Whether it is numbered from version 8 on, and sent again to who resumes.
    let isSequenced: Bool

    private init(_ operation: Int, _ data: String, isSequenced: Bool = true) {
        head = "{\"op\":\(operation),\"d\":\(data)"
        self.isSequenced = isSequenced
    }

    func text(sequence: Int?) -> String {
        guard let sequence else { return head + "}" }
        return head + ",\"seq\":\(sequence)}"
    }

    static func ready(ssrc: UInt32, address: MediaAddress, modes: [String]) -> ServerMessage {
        let modes = JSONText.array(modes.map(JSONText.quoted))
        let ip = JSONText.quoted(address.ip)
        return ServerMessage(
            2, "{\"ssrc\":\(ssrc),\"ip\":\(ip),\"port\":\(address.port),\"modes\":\(modes),\"experiments\":[]}")
    }

    static func sessionDescription(mode: String, key: [UInt8], mediaSession: UInt64) -> ServerMessage {
        let key = JSONText.array(key.map { String($0) })
        return ServerMessage(
            4,
            "{\"mode\":\(JSONText.quoted(mode)),\"secret_key\":\(key),\"audio_codec\":\"opus\","
                + "\"media_session_id\":\"\(String(mediaSession, radix: 16))\",\"dave_protocol_version\":0}")
    }

    static func speaking(user: Snowflake, ssrc: UInt32, _ flags: SpeakingFlags) -> ServerMessage {
        ServerMessage(5, "{\"user_id\":\"\(user)\",\"ssrc\":\(ssrc),\"speaking\":\(flags.rawValue)}")
    }

    static func clientsConnect(_ users: some Sequence<Snowflake>) -> ServerMessage {
        ServerMessage(11, "{\"user_ids\":\(JSONText.array(users.map { "\"\($0)\"" }))}")
    }

    static func clientDisconnect(_ user: Snowflake) -> ServerMessage {
        ServerMessage(13, "{\"user_id\":\"\(user)\"}")
    }

    /// - Parameter interval: in nanoseconds.
    static func hello(version: Int, interval: Int64) -> ServerMessage {
        ServerMessage(8, "{\"v\":\(version),\"heartbeat_interval\":\(interval / 1_000_000)}", isSequenced: false)
    }

    /// - Parameter nonce: as JSON text.
    static func heartbeatAcknowledged(nonce: String, version: Int) -> ServerMessage {
        ServerMessage(6, version >= 8 ? "{\"t\":\(nonce)}" : nonce, isSequenced: false)
    }

    static var resumed: ServerMessage { ServerMessage(9, "null", isSequenced: false) }
}
