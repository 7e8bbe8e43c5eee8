/// What a socket has done so far.
public struct SocketCounters: Sendable, Hashable {
    public var received = 0
    /// Longer than any that is taken.
    public var truncated = 0
    /// Thrown away by the kernel, because the buffer for receiving was full.
    public var overflows = 0
    public var receiveErrors = 0
    public var sent = 0
    /// Not sent for want of room: the buffer for sending or the interface's queue was full.
    public var dropped = 0
    /// Not sent, because the system would not send there.
    public var unreachable = 0

    public init() {}
}

/// The system gave a socket less room than was asked for, so bursts may be lost.
public struct BufferShortage: Sendable, Hashable, CustomStringConvertible {
    public enum Direction: Sendable, Hashable {
        case receiving, sending
    }

    public let direction: Direction
    public let wantedBytes: Int
    public let bytes: Int

    init?(_ direction: Direction, wanted: Int, got: Int32) {
        guard got < wanted else { return nil }
        self.direction = direction
        wantedBytes = wanted
        bytes = Int(max(got, 0))
    }

    public var description: String {
        let (what, key) = direction == .receiving ? ("receive", "rmem_max") : ("send", "wmem_max")
        return "the system gives a socket \(bytes) bytes to \(what) instead of \(wantedBytes), so bursts may be lost; "
            + "allow more: sysctl net.core.\(key)=\(wantedBytes)"
    }
}
