/// Counts of values by upper bounds, as Prometheus wants them.
struct Histogram: Sendable, Hashable {
    /// Growing; a last bucket without bound is understood.
    let bounds: [Double]
    private(set) var counts: [UInt64]
    private(set) var sum = 0.0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    var count: UInt64 { counts.reduce(0, +) }

    mutating func record(_ value: Double) {
        counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
        sum += value
    }
}
