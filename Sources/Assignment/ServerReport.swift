/// What a voice server says of itself, every few seconds.
public struct ServerReport: Sendable, Hashable {
    public enum State: Sendable, Hashable {
        /// Takes guilds.
        case ready
        /// Serves what it has and takes nothing more; it will stop.
        case draining
        /// Is sent more than it can look at, an attack as a rule; it takes nothing until that has ended.
        case flooded
        /// Was confirmed not to serve.
        case failed
    }

    /// Unique in the fleet, and never used again by another server.
    public var server: String
    public var region: String
    public var state: State
    /// The most loaded of its media threads, 0...1.
    public var load: Double
    public var guilds: Int
    public var people: Int
    /// When it was made, in nanoseconds on the clock of whoever assigns.
    public var time: Int64

    public init(
        server: String, region: String, state: State = .ready, load: Double, guilds: Int, people: Int, time: Int64
    ) {
        self.server = server
        self.region = region
        self.state = state
        self.load = load
        self.guilds = guilds
        self.people = people
        self.time = time
    }
}

/// What a server may be given at most.
public struct ServerLimits: Sendable, Hashable {
    /// From this load on it gets nothing more: what is above is for guilds that grow.
    public var load = 0.75
    public var guilds = 10_000
    public var people = 20_000
    /// A server that has not reported for so long, in nanoseconds, gets nothing.
    public var silence: Int64 = 15_000_000_000

    public init() {}
}
