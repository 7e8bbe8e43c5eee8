public import NetworkImpairment

/// Many clients, for a while.
public struct LoadRequest: Sendable {
    /// The instance's API.
    public struct API: Sendable, Hashable {
        public var host: String
        public var port: Int
        public var secret: String?

        public init(host: String, port: Int, secret: String?) {
            self.host = host
            self.port = port
            self.secret = secret
        }
    }

    /// How the clients join.
    public enum Route: Sendable {
        /// Each through a WebSocket of its own.
        case gateway(GatewayAddress, CallRequest.Trust, API)
        /// As participants that the API is told of; by SRTP, each with a key of its own, or by RTP where there is no
        /// suite.
        case plain(API, suite: String?)
        /// At a server that is not Parley, where all is set up: who talks and who listens at which ports of 127.0.0.1.
        case peers([PeerLine])
    }

    /// Clients of all rooms together.
    public static let maximumClients = 20_000
    public static let clientsPerSocket = 64

    public var route: Route
    public var rooms = 1
    public var speakers = 3
    public var listeners = 100
    /// Rooms beside those, with one who speaks and one who measures the added latency.
    public var probes = 2
    public var pipeline = "guild-voice"
    /// Recordings to speak with; none: what is compiled in.
    public var speech: [String] = []
    public var duration = Duration.seconds(30)
    /// From when everybody is there until measuring begins.
    public var warmUp = Duration.seconds(2)
    /// The time over which clients come.
    public var ramp = Duration.zero
    /// Listeners who leave, and come back, each second.
    public var churn = 0.0
    /// What the speakers' packets go through.
    public var network: NetworkProfile?
    public var seed: UInt64 = 1
    public var payloadType = CallRequest.payloadType
    /// Every so many packets one is authenticated.
    public var sampling = 50
    /// Whose processor time is measured.
    public var serverProcess: Int32?

    public init(_ route: Route) { self.route = route }

    var clients: Int {
        if case .peers(let lines) = route { return lines.count }
        return rooms * (speakers + listeners) + probes * 2
    }
}

/// One line of a file of peers.
public struct PeerLine: Sendable, Hashable {
    public enum Role: String, Sendable, Hashable {
        case talker = "T"
        case listener = "L"
    }

    public var role: Role
    public var localPort: UInt16
    /// Where a talker sends, and where a listener sends one packet so that it is known.
    public var serverPort: UInt16?

    /// `T localPort serverPort`, `L localPort [serverPort]`
    public init?(_ line: some StringProtocol) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard (2...3).contains(words.count), let role = Role(rawValue: String(words[0])), let port = UInt16(words[1])
        else { return nil }
        self.role = role
        localPort = port
        serverPort = words.count == 3 ? UInt16(words[2]) : nil
        if words.count == 3 || role == .talker, serverPort == nil { return nil }
    }
}
