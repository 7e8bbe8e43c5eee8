/// The shortest transit time (arrival minus timestamp) of late: what a packet takes that nothing delays.
///
/// A sliding minimum over the media of the last seconds, so that a pause ages nothing. A shorter transit counts at once;
/// a longer one once the shorter ones have left the window.
struct TransitWindow {
    private static let buckets = 8
    /// Samples at 48 kHz of media that one bucket stands for: one second.
    private static let bucketSamples = 48_000

    private var minima = InlineArray<8, Int64>(repeating: .max)
    private var current = 0
    private var filled = 0
    /// The minimum of all buckets; nil before the first packet.
    private(set) var shortest: Int64?

    mutating func add(_ transit: Int64, samples: Int) {
        filled += samples
        if filled >= Self.bucketSamples {
            filled = 0
            current = (current + 1) % Self.buckets
            minima[current] = transit
        } else {
            minima[current] = min(minima[current], transit)
        }
        var lowest = transit
        for i in 0..<Self.buckets { lowest = min(lowest, minima[i]) }
        shortest = lowest
    }

    /// Begins anew with one transit time.
    mutating func restart(_ transit: Int64) {
        self = TransitWindow()
        minima[0] = transit
        shortest = transit
    }

    /// Moves everything, because a clock has drifted unseen.
    mutating func shift(by samples: Int64) {
        guard let shortest, samples != 0 else { return }
        for i in 0..<Self.buckets where minima[i] != .max { minima[i] += samples }
        self.shortest = shortest + samples
    }
}
