public import LiveRoom

/// How much of what a shard can carry it carries, from 0 to 1, over the last seconds.
public struct ShardLoad: Sendable, Hashable {
    /// Processor time of the shard's thread.
    public var processor = 0.0
    /// What the machine's host kept from it, of all its processors.
    public var steal = 0.0
    /// Datagrams in and out, of `ShardThreadConfiguration.maximumPacketsPerSecond`.
    public var packets = 0.0
    /// By how much of a frame ticks begin late.
    public var lateness = 0.0

    public init() {}

    /// The largest of its parts.
    public var value: Double { min(max(processor, steal, packets, lateness), 1) }
}

/// How a shard is, once a second. Counts and histograms are of its whole life.
public struct ShardHealth: Sendable {
    public var shard = 0
    /// Nanoseconds of CLOCK_MONOTONIC.
    public var time: Int64 = 0
    public var load = ShardLoad()
    /// How long after their deadlines ticks began. All rooms that are due at the same moment count once.
    public var lateness = DurationHistogram()
    /// How long ticks took, with what was sent.
    public var cost = DurationHistogram()
    public var statistics = ShardStatistics()
    public var socket = SocketCounters()
    /// Processor time of the thread, in nanoseconds.
    public var processorTime: Int64 = 0
    /// How often the thread woke.
    public var wakes = 0
    public var commands = 0
    /// Events that nobody was there to take.
    public var eventsLost = 0

    public init() {}
}
