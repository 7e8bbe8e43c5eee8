import Glibc

/// Processor time of the calling thread: what other processes do to the machine does not count.
enum ThreadClock {
    /// In nanoseconds.
    static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    static func measure(_ body: () throws -> Void) rethrows -> Double {
        let start = now
        try body()
        return Double(now - start)
    }
}

/// What was measured round by round.
public struct CostSeries: Sendable {
    /// Nanoseconds a packet, one value a round.
    public private(set) var rounds: [Double] = []

    mutating func add(_ nanoseconds: Double) { rounds.append(nanoseconds) }

    public func quantile(_ share: Double) -> Double {
        let sorted = rounds.sorted()
        return sorted.isEmpty ? 0 : sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)]
    }

    public var median: Double { quantile(0.5) }

    /// The median of the ratios to another measurement, round by round: the machine's speed drifts, but not within one.
    public func ratio(to other: CostSeries) -> Double {
        var ratios = CostSeries()
        for (own, floor) in zip(rounds, other.rounds) where floor > 0 { ratios.add(own / floor) }
        return ratios.median
    }
}
