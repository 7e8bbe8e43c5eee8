/// What a load has shown. Times are seconds, processor time is in seconds per second.
public struct LoadReport: Sendable, Codable {
    public struct Streams: Sendable, Codable {
        /// Clients who should be sent something all the time.
        public var expected = 0
        /// Clients who were.
        public var heard = 0
        public var packets = 0
        public var bytes = 0
        /// Packets per second, of those who were there from beginning to end.
        public var meanRate = 0.0
        public var lowestRate = 0.0
        public var highestRate = 0.0
        /// By sequence numbers.
        public var lost = 0
        public var reordered = 0
        /// Times between two packets.
        public var longestGap = 0.0
        public var gapsOver60Milliseconds = 0
        /// Of the packets, so many were opened with their client's key, and so many of those could not be.
        public var authenticated = 0
        public var refused = 0
        /// Packets that were of no client.
        public var strange = 0
    }

    /// What the server adds between a speaker and a listener.
    public struct Latency: Sendable, Codable {
        public var samples = 0
        public var p50 = 0.0
        public var p95 = 0.0
        public var p99 = 0.0
        public var highest = 0.0
        /// Pieces of sound that were not found again.
        public var unmatched = 0
    }

    public struct Joining: Sendable, Codable {
        public var clients = 0
        public var joined = 0
        public var refused = 0
        public var seconds = 0.0
        public var rejoins = 0
        public var problem: String?
    }

    public var rooms = 0
    public var speakers = 0
    public var listeners = 0
    /// That was measured.
    public var duration = 0.0
    public var joining = Joining()
    public var streams = Streams()
    public var sent = 0
    public var sendLateness = 0.0
    public var latency: Latency?
    public var serverProcessor: Double?
    public var serverMemory: Int?
    public var ownProcessor = 0.0
    /// Datagrams that this side's sockets had no room for: the measurement is then worth nothing.
    public var overflows = 0

    public init() {}

    /// What went wrong, if anything did.
    public var failures: [String] {
        var texts: [String] = []
        if let problem = joining.problem { texts.append(problem) }
        if joining.joined < joining.clients {
            texts.append("\(joining.clients - joining.joined) of \(joining.clients) clients did not join")
        }
        if streams.heard < streams.expected {
            texts.append("\(streams.expected - streams.heard) of \(streams.expected) clients were sent nothing")
        }
        if streams.lost > 0 { texts.append("\(streams.lost) packets were lost") }
        if streams.gapsOver60Milliseconds > 0 { texts.append("\(streams.gapsOver60Milliseconds) gaps over 60 ms") }
        if streams.refused > 0 { texts.append("\(streams.refused) packets were not of their client's key") }
        if overflows > 0 { texts.append("\(overflows) datagrams overflowed this side's sockets") }
        return texts
    }
}
