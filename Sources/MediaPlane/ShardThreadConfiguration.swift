public import LiveRoom
public import PacketCapture

/// What a shard's thread is made for. Times are what the thread keeps to by itself; those of rooms come from the shard.
public struct ShardThreadConfiguration: Sendable {
    /// Where it listens; port 0 is any free one.
    public var endpoint: Endpoint
    public var shard = ShardConfiguration()
    /// Bytes of the socket's buffers: for 20 ms of the most that may come, and for a tick of the most that may go.
    public var receiveBuffer = 8 << 20
    public var sendBuffer = 8 << 20
    /// What routers are told of its packets (DSCP, RFC 2474): expedited forwarding.
    public var differentiatedServices: UInt8 = DatagramSocket.expeditedForwarding
    /// Commands that wait at most; what is posted beyond is refused.
    public var maximumCommands = 16_384
    /// Events that wait at most; what comes beyond is counted and lost.
    public var maximumEvents = 16_384
    /// Datagrams in and out that are counted as a load of 1.
    public var maximumPacketsPerSecond = 300_000
    /// The length of a frame that lateness is measured by.
    public var frame = Duration.milliseconds(20)
    /// Deadlines that are no further apart are kept together, at the later one: each wake-up costs some microseconds.
    public var coalescing = Duration.microseconds(250)
    public var scheduling = ThreadScheduling()

    public init(endpoint: Endpoint) { self.endpoint = endpoint }
}

/// How the system runs a thread.
public struct ThreadScheduling: Sendable, Hashable {
    /// The only processor that it may run on.
    public var processor: Int?
    /// Ahead of everything ordinary (SCHED_FIFO, 1...99): for root, or with CAP_SYS_NICE.
    public var realtimePriority: Int?
    /// -20 (first) to 19; below 0 for root.
    public var niceness = 0

    public init() {}
}
