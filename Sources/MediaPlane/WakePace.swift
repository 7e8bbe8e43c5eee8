/// Says when a shard's thread wakes next, and whether packets wake it. Knows no clock and no shard.
///
/// While rooms are awake their deadlines wake the thread and packets wait for them: their arrival times are the kernel's.
/// While none is, packets do, so that the first word comes in at once; but when they come densely, such as the
/// keep-alives of thousands of silent people, the thread looks every two milliseconds instead.
package struct WakePace {
    package struct Wake: Equatable {
        package var time: Int64
        package var hearsSocket: Bool

        package init(time: Int64, hearsSocket: Bool) {
            self.time = time
            self.hearsSocket = hearsSocket
        }
    }

    /// A deadline further away than this does not keep packets waiting.
    package static let longestWait: Int64 = 25_000_000
    /// How often the thread looks while it is not woken by packets although they are many.
    package static let shortWait: Int64 = 2_000_000
    /// Reads that are no further apart are dense.
    static let dense: Int64 = 3_000_000
    /// So many datagrams in one turn are a flood: the socket must not fill up before the next deadline.
    package static let flood = 256
    /// Spare things that are made in one turn at most, and how long they are put off at most.
    static let maximumMaintenance = 16
    static let longestPutOff: Int64 = 100_000_000
    private static let margin: Int64 = 200_000

    private let coalescing: Int64
    private var wokeAt: Int64
    private var readAt = Int64.min / 2
    private var isDense = false
    private var isFlood = false
    private var isHurried = false
    private var maintainedAt: Int64
    private var maintenanceCost: Int64 = 0

    package init(coalescing: Duration, now: Int64) {
        self.coalescing = Int64(coalescing / .nanoseconds(1))
        wokeAt = now
        maintainedAt = now
    }

    /// - Parameter latest: when it is to wake in any case.
    package func next(deadline: Int64?, latest: Int64) -> Wake {
        if isHurried { return Wake(time: Poller.already, hearsSocket: false) }
        var time = latest
        if let deadline {
            time = min(time, max(deadline, wokeAt + coalescing))
            if deadline - wokeAt <= Self.longestWait {
                return Wake(time: isFlood ? min(time, wokeAt + Self.shortWait) : time, hearsSocket: false)
            }
        }
        if isDense { return Wake(time: min(time, wokeAt + Self.shortWait), hearsSocket: false) }
        return Wake(time: time, hearsSocket: true)
    }

    package mutating func woke(at now: Int64) {
        wokeAt = now
        isHurried = false
    }

    /// - Parameters:
    ///   - count: datagrams that were read.
    ///   - isAll: whether there were no more.
    package mutating func read(_ count: Int, isAll: Bool) {
        isDense = count > 0 && wokeAt - readAt < Self.dense
        isFlood = count >= Self.flood
        if count > 0 { readAt = wokeAt }
        if !isAll { isHurried = true }
    }

    /// There is more to do: do not wait.
    package mutating func hurry() { isHurried = true }

    /// Whether something spare can be made before a deadline; what has been put off too long is made all the same.
    package func hasTime(for deadline: Int64?, now: Int64) -> Bool {
        guard let deadline else { return true }
        return deadline - now > maintenanceCost + Self.margin || now - maintainedAt > Self.longestPutOff
    }

    package mutating func maintained(from began: Int64, to ended: Int64) {
        maintenanceCost = max(ended - began, maintenanceCost - maintenanceCost / 8)
        maintainedAt = ended
    }
}
