import Glibc

/// Where values stand between two edges, equal ratios equally far apart.
struct LogarithmicAxis {
    /// What two marks are apart at least, so that what is written below them does not touch.
    private static let distance = 50.0

    private let low: Double
    private let high: Double
    private let left: Double
    private let right: Double

    /// - Precondition: 0 < from < to.
    init(from: Double, to: Double, left: Double, right: Double) {
        precondition(0 < from && from < to)
        (low, high, self.left, self.right) = (from, to, left, right)
    }

    /// Values beyond an edge stand on it.
    func x(_ value: Double) -> Double {
        let value = min(max(value, low), high)
        return left + (right - left) * log(value / low) / log(high / low)
    }

    /// Of some values, the most important first, those that have room.
    func marks(_ values: [Double]) -> [(value: Double, x: Double)] {
        var marks: [(value: Double, x: Double)] = []
        for value in values where (low...high).contains(value) {
            let x = x(value)
            if marks.allSatisfy({ ($0.x - x).magnitude >= Self.distance }) { marks.append((value, x)) }
        }
        return marks
    }
}
