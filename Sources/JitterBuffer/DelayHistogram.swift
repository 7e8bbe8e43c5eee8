/// How much later than the fastest packets come, as a histogram that forgets: its quantile is the delay that is needed.
///
/// Instead of fading every bin, each new entry weighs more than the one before; the weights are brought down together
/// when they grow large. Entries are weighted by the media they stand for, so packets of 60 ms count as three of 20.
struct DelayHistogram: ~Copyable {
    /// Samples at 48 kHz in one bin: 2.5 ms.
    static let binSamples = 120
    /// 1 s in all; what comes later counts as that.
    static let bins = 400
    /// The share that remains of an entry after 20 ms of media: half of it after 0.9 s.
    private static let remainder = 0.985

    private var weights = [Double](repeating: 0, count: bins)
    private var total = 0.0
    private var weight = 1.0

    mutating func add(_ delay: Int64, samples: Int) {
        let bin = min(max(Int(delay) / Self.binSamples, 0), Self.bins - 1)
        // remainder^(samples / 960), to the first order for short packets and in steps for long ones.
        var left = samples
        while left > 0 {
            let part = Double(min(left, 960)) / 960
            weight /= 1 - (1 - Self.remainder) * part
            weights[bin] += weight * part
            total += weight * part
            left -= 960
        }
        if weight > 1e12 { bringDown() }
    }

    /// The delay that so large a share (0...1) of packets does not exceed, in samples at 48 kHz: a bin's upper edge, but 0
    /// for the first bin, which is no jitter.
    func quantile(_ share: Double) -> Int {
        guard total > 0 else { return 0 }
        // From the top: usually the fewer bins, and exact where almost all weight is below.
        var above = 0.0
        let allowed = total * (1 - share)
        for bin in stride(from: Self.bins - 1, through: 0, by: -1) {
            above += weights[bin]
            if above > allowed { return bin == 0 ? 0 : (bin + 1) * Self.binSamples }
        }
        return 0
    }

    mutating func removeAll() {
        for i in weights.indices { weights[i] = 0 }
        (total, weight) = (0, 1)
    }

    private mutating func bringDown() {
        let scale = 1 / weight
        for i in weights.indices { weights[i] *= scale }
        total *= scale
        weight = 1
    }
}
