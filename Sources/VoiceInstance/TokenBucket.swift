/// Says whether there is still room within a rate. One number is its whole state: the time at which all of the burst would
/// be there again (the generic cell rate algorithm).
struct TokenBucket: Sendable {
    private var refilled: Int64 = .min

    mutating func takes(_ limit: RateLimit, at now: Int64) -> Bool {
        let interval = Int64(1_000_000_000 / max(limit.perSecond, 1e-6))
        let from = max(refilled, now)
        guard from - now <= Int64(max(limit.burst, 1) - 1) * interval else { return false }
        refilled = from + interval
        return true
    }

    func isFull(at now: Int64) -> Bool { refilled <= now }
}
