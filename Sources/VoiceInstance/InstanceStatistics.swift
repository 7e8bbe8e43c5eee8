/// What an instance has met so far. Counts only grow; gauges are of this moment.
public struct InstanceStatistics: Sendable, Hashable {
    public var connectionsOpened = 0
    public var connectionsRefused = 0
    public var identifies: [IdentifyOutcome: Int] = [:]
    public var resumes: [ResumeOutcome: Int] = [:]
    public var closes: [CloseCode: Int] = [:]
    public var messagesReceived = 0
    public var messagesSent = 0
    public var messagesResent = 0
    /// Connections that were closed for sending too much.
    public var floods = 0
    /// Connections that were closed for reading too little.
    public var stalls = 0
    public var pushes: [PushOutcome: Int] = [:]
    /// Commands that a shard could not carry out.
    public var commandsFailed = 0

    // Gauges.
    public var connections = 0
    public var sessions = 0
    public var guilds = 0
    public var rooms = 0
    public var members = 0
    public var participants = 0

    public init() {}
}

public enum IdentifyOutcome: String, Sendable, Hashable, CaseIterable {
    case accepted, replaced, unauthenticated, unknownGuild, sessionInvalid, full, overloaded, draining, limited
}

public enum ResumeOutcome: String, Sendable, Hashable, CaseIterable {
    case accepted, unauthenticated, sessionInvalid, lost, limited
}

public enum PushOutcome: String, Sendable, Hashable, CaseIterable {
    case applied, unchanged, malformed, stale, full, deleted
}
