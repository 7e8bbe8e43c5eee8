public import LiveRoom
public import PacketCapture

/// What a shard's thread drives. `Shard` is what it is made for; tests put something simpler in its place.
package protocol ShardCore: ~Copyable, SendableMetatype {
    var statistics: ShardStatistics { get }
    var nextDeadline: Int64? { get }
    mutating func advance(to now: Int64, into sink: inout some DatagramSink & ~Copyable)
    mutating func receive(
        _ datagram: inout MutableSpan<UInt8>, from source: Endpoint, at now: Int64,
        into sink: inout some DatagramSink & ~Copyable)
    mutating func apply(_ command: ShardCommand, at now: Int64, into sink: inout some DatagramSink & ~Copyable)
    mutating func nextEvent() -> ShardEvent?
    mutating func maintain() -> Bool
}

extension Shard: ShardCore {}

struct PostedCommand: Sendable {
    var command: ShardCommand
    /// When, in nanoseconds of CLOCK_MONOTONIC.
    var time: Int64
}

/// Sees everything that a shard gets, in the order in which it gets it, on the shard's thread: what a recording needs to
/// be played again to the last bit. It must not wait for anything.
public protocol ShardTap: AnyObject, Sendable {
    /// First of all, on the thread that starts the shard's.
    func begins(_ configuration: ShardConfiguration, at endpoint: Endpoint)
    /// Before it is opened.
    func datagram(_ bytes: Span<UInt8>, from source: Endpoint, at time: Int64)
    func command(_ command: ShardCommand, at time: Int64)
    /// The shard was driven up to this time, and is no more.
    func ended(at time: Int64)
}
