/// Names a lease. Never 0.
public struct LeaseID: Sendable, Hashable, CustomStringConvertible {
    public var number: Int64

    public init(_ number: Int64) { self.number = number }

    /// As `etcdctl` writes it.
    public var description: String { String(UInt64(bitPattern: number), radix: 16) }
}

/// A promise to delete keys once nobody has kept the lease alive for its time to live.
public struct Lease: Sendable, Hashable {
    /// What may be asked for. Stores count in whole seconds, and round up.
    public static let timesToLive: ClosedRange<Duration> = .seconds(1)...(.seconds(86_400))

    public var id: LeaseID
    /// What was granted, which may be more than was asked for.
    public var timeToLive: Duration

    public init(id: LeaseID, timeToLive: Duration) { (self.id, self.timeToLive) = (id, timeToLive) }

    /// - Throws: `invalid` if it is out of bounds.
    package static func wholeSeconds(_ time: Duration) throws(DiscoveryError) -> Int64 {
        guard timesToLive.contains(time) else {
            throw .invalid("a lease of \(time) is not possible: ask for 1 s to 86400 s")
        }
        let (seconds, rest) = time.components
        return rest > 0 ? seconds + 1 : seconds
    }
}
