public import PipelineSpec

/// What an instance is made for. Durations are nanoseconds.
public struct InstanceConfiguration: Sendable {
    /// Whom clients are told that the mix comes from.
    public var mixUser: Snowflake = 1
    public var heartbeatInterval: Int64 = 41_250_000_000
    /// Without a heartbeat for so long a connection is closed.
    public var heartbeatTimeout: Int64 = 61_875_000_000
    /// Without identify or resume for so long a connection is closed.
    public var identifyTimeout: Int64 = 15_000_000_000
    /// Sessions whose connection is gone are kept, and stay in their room, for so long.
    public var resumeWindow: Int64 = 60_000_000_000
    /// Whether participants without keys are let in.
    public var allowsPlainRTP = false
    /// Load of a shard, 0 to 1, from which on nobody else is let into its rooms.
    public var maximumLoad = 0.85
    /// What a member is taken to add to the load at least until the shard reports again; more where those who are there
    /// cost more.
    public var loadPerMember = 0.0002
    public var limits = InstanceLimits()

    public init() {}
}

/// The greatest number of everything that grows.
public struct InstanceLimits: Sendable, Hashable {
    public var guilds = 10_000
    public var rooms = 10_000
    public var channelsPerGuild = 500
    public var membersPerChannel = 5_000
    /// Voice states and participants of a guild.
    public var membersPerGuild = 10_000
    /// In all rooms together.
    public var members = 20_000
    public var connections = 25_000
    public var connectionsPerAddress = 1_000
    /// Bytes of a message from a client.
    public var messageBytes = 16_384
    /// Bytes of a guild's state.
    public var stateBytes = 16_777_216
    /// Messages kept for a session that may resume.
    public var resendMessages = 128
    /// Bytes that wait for a slow reader; then the owner calls `stalled`.
    public var unsentBytes = 262_144

    public var messages = RateLimit(perSecond: 20, burst: 120)
    public var heartbeats = RateLimit(perSecond: 1, burst: 10)
    /// Of an address.
    public var identifies = RateLimit(perSecond: 20, burst: 1_000)
    /// Of an address.
    public var opens = RateLimit(perSecond: 20, burst: 1_000)

    public init() {}
}

/// So many a second, and so many at once.
public struct RateLimit: Sendable, Hashable {
    public var perSecond: Double
    public var burst: Int

    public init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = burst
    }
}

/// The pipelines that rooms may run, by name.
public struct PipelineCatalog: Sendable {
    /// For the text of errors.
    public var names: [String]
    /// The plan of a name; with a bitrate in bit/s, of the same pipeline encoding at that.
    public var plan: @Sendable (_ name: String, _ bitrate: Int?) -> PipelinePlan?

    public init(names: [String], plan: @escaping @Sendable (_ name: String, _ bitrate: Int?) -> PipelinePlan?) {
        self.names = names
        self.plan = plan
    }
}
