package import StageCosts

/// What was measured, batch by batch, over all passes.
package struct CostSamples {
    /// Nanoseconds of one operation.
    private var stage: [Double] = []
    private var floor: [Double] = []
    /// Stage ÷ floor, pair by pair.
    private var ratios: [Double] = []
    /// Medians of each pass: how much the machine changes from one to the next.
    private var stageMedians: [Double] = []
    private var ratioMedians: [Double] = []

    package init() {}

    /// Adds the rounds of one pass, in nanoseconds of a batch; `baseline` is taken off both others.
    ///
    /// In even rounds the stage came first, in odd ones the floor. Whoever comes second on the same input finds it in the
    /// caches and the branches learnt: so a time counts where it came first, and a ratio over both orders.
    package mutating func add(stage: [Double], floor: [Double], baseline: [Double], operations: Int) {
        let surroundings = Self.quantile(baseline.sorted(), 0.5)
        func cost(_ time: Double) -> Double { max(time - surroundings, 0) / Double(operations) }
        let (stages, floors) = (stage.map(cost), floor.map(cost))
        let first = Swift.stride(from: 0, to: stages.count, by: 2).map { stages[$0] }
        self.stage += first
        stageMedians.append(Self.quantile(first.sorted(), 0.5))
        guard !floors.isEmpty else { return }
        var pairs: [Double] = []
        for round in Swift.stride(from: 0, to: floors.count - 1, by: 2) {
            self.floor.append(floors[round + 1])
            let bare = floors[round] + floors[round + 1]
            if bare > 0 { pairs.append((stages[round] + stages[round + 1]) / bare) }
        }
        ratios += pairs
        if !pairs.isEmpty { ratioMedians.append(Self.quantile(pairs.sorted(), 0.5)) }
    }

    package var quantiles: CostQuantiles {
        let sorted = stage.sorted()
        return CostQuantiles(
            median: Self.quantile(sorted, 0.5), p95: Self.quantile(sorted, 0.95), p99: Self.quantile(sorted, 0.99),
            interval: Self.interval(sorted, stageMedians))
    }

    package func floorCost(named name: String) -> FloorCost? {
        guard !ratios.isEmpty else { return nil }
        let sorted = ratios.sorted()
        return FloorCost(
            name: name, nanoseconds: Self.quantile(floor.sorted(), 0.5), ratio: Self.quantile(sorted, 0.5),
            interval: Self.interval(sorted, ratioMedians))
    }

    static func quantile(_ sorted: [Double], _ share: Double) -> Double {
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(Int(Double(sorted.count) * share), sorted.count - 1)]
    }

    /// Of the median, by order statistics (95 %), and at least as wide as the passes lie apart: batches that follow one
    /// another are alike, passes are not.
    package static func interval(_ sorted: [Double], _ medians: [Double]) -> Interval {
        guard !sorted.isEmpty else { return Interval(low: 0, high: 0) }
        let reach = Int((1.96 * Double(sorted.count).squareRoot() / 2).rounded(.up))
        let middle = sorted.count / 2
        let low = sorted[max(middle - reach, 0)]
        let high = sorted[min(middle + reach, sorted.count - 1)]
        return Interval(low: min(low, medians.min() ?? low), high: max(high, medians.max() ?? high))
    }
}
