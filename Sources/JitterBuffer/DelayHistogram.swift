/// How much later than the fastest packets come, as a histogram that forgets: its quantile is the delay that is needed.
///
/// Instead of fading every bin, each new entry weighs more than the one before; the weights are brought down together
/// when they grow large. Entries are weighted by the media they stand for, so packets of 60 ms count as three of 20.
/// The quantile's bin is kept and moves with the entries, so that a packet touches two or three bins and not all.
struct DelayHistogram: ~Copyable {
    /// Samples at 48 kHz in one bin: 2.5 ms.
    static let binSamples = 120
    /// 1 s in all; what comes later counts as that.
    static let bins = 400
    /// The share that remains of an entry after 20 ms of media: half of it after 0.9 s.
    private static let remainder = 0.985
    private static let largestWeight = 1e12

    /// Which share of packets, 0...1, the quantile does not exceed.
    private let share: Double
    private var weights = [Double](repeating: 0, count: bins)
    private var total = 0.0
    private var weight = 1.0
    /// The lowest bin above which there is no more than the rest of the share, and what is above it.
    private var bin = 0
    private var above = 0.0

    init(share: Double) { self.share = share }

    mutating func add(_ delay: Int64, samples: Int) {
        let entry = min(max(Int(delay) / Self.binSamples, 0), Self.bins - 1)
        // remainder^(samples / 960), to the first order for short packets and in steps for long ones.
        var left = samples
        while left > 0 {
            let part = Double(min(left, 960)) / 960
            weight /= 1 - (1 - Self.remainder) * part
            weights[entry] += weight * part
            total += weight * part
            if entry > bin { above += weight * part }
            left -= 960
        }
        if weight > Self.largestWeight { bringDown() }
        follow()
    }

    /// The delay that the share of packets does not exceed, in samples at 48 kHz: a bin's upper edge, but 0 for the
    /// first bin, which is no jitter.
    var quantile: Int { bin == 0 ? 0 : (bin + 1) * Self.binSamples }

    mutating func removeAll() {
        for i in weights.indices { weights[i] = 0 }
        (total, weight, bin, above) = (0, 1, 0, 0)
    }

    /// Moves the quantile's bin to where it belongs.
    private mutating func follow() {
        let allowed = total * (1 - share)
        while above > allowed, bin < Self.bins - 1 {
            bin += 1
            above -= weights[bin]
        }
        while bin > 0, above + weights[bin] <= allowed {
            above += weights[bin]
            bin -= 1
        }
    }

    private mutating func bringDown() {
        let scale = 1 / weight
        for i in weights.indices { weights[i] *= scale }
        total *= scale
        weight = 1
        // Added up anew, so that errors of rounding do not.
        above = 0
        for i in (bin + 1)..<Self.bins { above += weights[i] }
    }
}
