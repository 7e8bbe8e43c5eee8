/// What came of a call. Times are seconds, levels dBFS.
public struct CallReport: Sendable, Codable {
    public struct Heard: Sendable, Codable {
        /// Time in which sound was heard.
        public var seconds = 0.0
        public var level: Double?
        public var packets = 0
        public var bytes = 0
        public var lost = 0
        public var late = 0
        public var refused = 0
        public var malformed = 0
        public var concealedSeconds = 0.0
        /// From a packet's arrival to its first sample.
        public var meanDelay = 0.0
        /// RFC 3550 A.8
        public var jitter = 0.0
        public var longestGap = 0.0
        public var ssrcs: [UInt32] = []
    }

    public struct Sent: Sendable, Codable {
        public var packets = 0
        public var bytes = 0
        /// The longest time by which a packet went out after its moment.
        public var worstLateness = 0.0
    }

    public struct Gateway: Sendable, Codable {
        public var ssrc: UInt32?
        public var mode: String?
        public var joinSeconds = 0.0
        /// From a heartbeat to its answer.
        public var roundTrip: Double?
        public var resumes = 0
        public var speakingEvents = 0
    }

    /// From when media could flow.
    public var duration = 0.0
    public var heard = Heard()
    public var sent = Sent()
    /// Of a call through the voice gateway.
    public var gateway: Gateway?
    public var recording: String?
    /// Why the call ended before its time.
    public var problem: String?

    public init() {}
}
