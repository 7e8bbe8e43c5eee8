/// Who joins, and where: what a client has been told by the main gateway.
public struct VoiceIdentity: Sendable, Hashable {
    /// Versions of the voice gateway that are spoken.
    public static let versions = 4...8

    public var guild: String
    public var user: String
    public var session: String
    public var token: String
    public var version: Int
    /// Said as clients of version 9 do, to servers that let people choose; nil where the voice state says it.
    public var channel: String?

    public init(
        guild: String, user: String, session: String, token: String, version: Int = 8, channel: String? = nil
    ) {
        self.channel = channel
        self.guild = guild
        self.user = user
        self.session = session
        self.token = token
        self.version = version
    }
}

/// What is said with op 5: a bit mask.
public struct SpeakingFlags: OptionSet, Sendable, Hashable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let microphone = SpeakingFlags(rawValue: 1)
    public static let soundShare = SpeakingFlags(rawValue: 2)
    public static let priority = SpeakingFlags(rawValue: 4)
}

/// How a session's media goes: set once a session description has come.
public struct VoiceMedia: Sendable, Hashable {
    /// What the client sends with.
    public var ssrc: UInt32
    public var mode: String
    public var key: [UInt8]

    public init(ssrc: UInt32, mode: String, key: [UInt8]) {
        self.ssrc = ssrc
        self.mode = mode
        self.key = key
    }
}

/// What a client is told while it is there.
public enum VoiceEvent: Sendable, Hashable {
    /// Media can flow.
    case joined(VoiceMedia)
    /// The connection is back, and the session is the same.
    case resumed
    /// The connection was lost; another is tried.
    case lost(code: UInt16?)
    case speaking(user: String, ssrc: UInt32, flags: SpeakingFlags)
    case connected(users: [String])
    case disconnected(user: String)
    /// Over, for good.
    case ended(VoiceSessionError?)
}

/// Why a session is over. The text is one line.
public enum VoiceSessionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The server closed with a code after which nobody tries again.
    case closed(code: UInt16)
    case unreachable(attempts: Int)
    case noCommonMode(offered: [String])
    case badMessage(String)
    case silentServer

    public var description: String {
        switch self {
        case .closed(let code): "the server ended the session: \(code) \(Self.meaning(code))"
        case .unreachable(let attempts): "the voice gateway cannot be reached; \(attempts) attempts"
        case .noCommonMode(let offered):
            "the server offers no encryption that is known here, only \(offered.joined(separator: ", "))"
        case .badMessage(let text): "the server sent what cannot be understood: \(text)"
        case .silentServer: "the server accepted the connection and then said nothing"
        }
    }

    /// What the close codes of the voice gateway mean.
    static func meaning(_ code: UInt16) -> String {
        switch code {
        case 4001: "unknown opcode"
        case 4002: "failed to decode"
        case 4003: "not authenticated"
        case 4004: "authentication failed"
        case 4005: "already authenticated"
        case 4006: "session no longer valid"
        case 4009: "session timed out"
        case 4011: "server not found"
        case 4012: "unknown protocol"
        case 4014: "disconnected"
        case 4015: "voice server crashed"
        case 4016: "unknown encryption mode"
        case 4020: "bad request"
        case 4021: "rate limited"
        case 4022: "call terminated"
        default: "no reason known"
        }
    }
}
