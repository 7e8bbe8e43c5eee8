import BasicContainers
import MediaCore
public import PacketCapture
import PipelineSpec
import VoiceRoom

/// What a shard is made for.
public struct ShardConfiguration: Sendable, Hashable {
    /// Members of all rooms together.
    public var maximumMembers = 20_000
    public var maximumRooms = 10_000

    public init() {}
}

/// Many rooms with one owner: datagrams and commands go in with their times, and once per frame of a room its members'
/// packets come out. Sans-IO: a thread with a socket drives it, or a simulation, or a recording.
///
/// Times are nanoseconds on one clock that only grows. Whoever drives it calls `advance(to:)` before it hands in what has
/// a later time: then the same input gives the same output, to the last bit.
public struct Shard: ~Copyable {
    public private(set) var statistics = ShardStatistics()

    public init(_ configuration: ShardConfiguration = ShardConfiguration()) {}

    /// When the next room falls due; nil while all are silent.
    public var nextDeadline: Int64? { nil }

    /// Runs every tick that is due up to `now`, in order.
    public mutating func advance(to now: Int64, into sink: inout some DatagramSink & ~Copyable) {}

    /// Takes in one datagram.
    /// - Parameters:
    ///   - datagram: is opened in place.
    ///   - now: when it arrived.
    public mutating func receive(
        _ datagram: inout MutableSpan<UInt8>, from source: Endpoint, at now: Int64,
        into sink: inout some DatagramSink & ~Copyable
    ) {}

    /// Carries out a command, between two ticks.
    public mutating func apply(
        _ command: ShardCommand, at now: Int64, into sink: inout some DatagramSink & ~Copyable
    ) {}

    /// Takes out the oldest event.
    public mutating func nextEvent() -> ShardEvent? { nil }

    /// Makes spare lanes and mixes, at most one of each: to be called when there is time.
    /// - Returns: whether there is more to do.
    public mutating func maintain() -> Bool { false }
}
