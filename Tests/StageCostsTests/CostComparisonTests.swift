import StageCosts
import TestCosts
import Testing

@Suite struct CostComparisonTests {
    private static func report(_ costs: [StageCost]) -> CostReport {
        var report = SampleCosts.report()
        (report.costs, report.warnings) = (costs, [])
        return report
    }

    private static func compare(_ old: StageCost, _ new: StageCost, failAbove: Double = 0.05) -> CostComparison {
        CostComparison(old: report([old]), new: report([new]), failAbove: failAbove)
    }

    private static func ratio(_ ratio: Double, _ nanoseconds: Double = 1000) -> StageCost {
        SampleCosts.cost("mix", nanoseconds, floor: ("samples added in C", ratio))
    }

    @Test(arguments: [
        (1.0, 1.0, CostComparison.Verdict.unchanged), (1.0, 1.005, .unchanged),  // within the intervals
        (1.0, 1.03, .worse), (1.03, 1.0, .better), (1.0, 1.06, .regression), (2.0, 2.4, .regression),
    ])
    func `a ratio that moved is judged`(old: Double, new: Double, verdict: CostComparison.Verdict) throws {
        let change = try #require(Self.compare(Self.ratio(old), Self.ratio(new)).changes.first)
        #expect(change.measure == .ratio && change.verdict == verdict)
        #expect(change.change == new / old - 1)
    }

    @Test func `the interval of a change is that of both, in logarithms`() throws {
        let change = try #require(Self.compare(Self.ratio(1), Self.ratio(1.1)).changes.first)
        let interval = try #require(change.interval)
        // 0.6 % either side, twice: √2 × 0.6 % of 1.1.
        #expect(abs(interval.low - (0.1 - 0.00933)) < 1e-4 && abs(interval.high - (0.1 + 0.00933)) < 1e-4)
    }

    @Test func `a machine that is twice as slow changes no ratio`() {
        let comparison = Self.compare(Self.ratio(1.2, 1000), Self.ratio(1.2, 2000))
        #expect(comparison.changes.allSatisfy { $0.verdict == .unchanged })
    }

    @Test func `a wide interval explains much`() throws {
        var noisy = Self.ratio(1.2)
        noisy.floor?.interval = Interval(low: 0.9, high: 1.5)
        #expect(Self.compare(Self.ratio(1), noisy).regressions.isEmpty)
        noisy.floor?.interval = Interval(low: 0, high: 1.5)
        let change = try #require(Self.compare(Self.ratio(1), noisy).changes.first)
        #expect(change.interval == nil && change.verdict == .unchanged)
    }

    @Test func `what is certain but small is not told`() {
        func sharp(_ ratio: Double) -> StageCost {
            var cost = Self.ratio(ratio)
            cost.floor?.interval = Interval(low: ratio * 0.9999, high: ratio * 1.0001)
            return cost
        }
        #expect(Self.compare(sharp(1), sharp(1.009)).changes[0].verdict == .unchanged)
        #expect(Self.compare(sharp(1), sharp(1.011), failAbove: 0).changes[0].verdict == .regression)
    }

    @Test func `of the same costs with noise, one in twenty seems to change`() {
        var generator = SplitMix(state: 7)
        let deviation = 0.02
        func noisy() -> StageCost {
            // Twelve uniform numbers have a variance of 1.
            let sum = (0..<12).reduce(-6.0) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
            let ratio = 1.5 * (1 + deviation * sum)
            var cost = Self.ratio(ratio)
            let half = 1.96 * deviation * 1.5
            cost.floor?.interval = Interval(low: ratio - half, high: ratio + half)
            return cost
        }
        let changed = (0..<4000).count { _ in
            Self.compare(noisy(), noisy(), failAbove: 1).changes[0].verdict != .unchanged
        }
        #expect((140...260).contains(changed), "\(changed) of 4000, seed 7")
    }

    @Test(arguments: [(0.0, 0.001, true), (0.0, 0, false), (2, 2, false), (2, 3, true), (2, 1, false)])
    func `allocations may not grow`(old: Double, new: Double, isRegression: Bool) {
        var (before, after) = (Self.ratio(1), Self.ratio(1))
        (before.allocations, after.allocations) = (old, new)
        let regressions = Self.compare(before, after).regressions
        #expect(regressions.map(\.measure) == (isRegression ? [.allocations] : []))
    }

    @Test func `instructions are compared on one machine`() {
        var (before, after) = (Self.ratio(1), Self.ratio(1))
        (before.instructions, after.instructions) = (1000, 1100)
        #expect(Self.compare(before, after).regressions.map(\.measure) == [.instructions])
        var (old, new) = (Self.report([before]), Self.report([after]))
        new.machine.processor = "another"
        #expect(CostComparison(old: old, new: new).regressions.isEmpty)
        old.machine.processor = "another"
        #expect(CostComparison(old: old, new: new).regressions.count == 1)
    }

    @Test func `times of different machines are not comparable, ratios and allocations are`() throws {
        var allocating = SampleCosts.cost("limit", 100)
        allocating.allocations = 1
        let old = Self.report([SampleCosts.cost("gain", 60), Self.ratio(1), SampleCosts.cost("limit", 100)])
        var new = Self.report([SampleCosts.cost("gain", 90), Self.ratio(1.2), allocating])
        new.machine.cores += 2
        let comparison = CostComparison(old: old, new: new)
        #expect(!comparison.isSameMachine)
        #expect(comparison.changes[0].verdict == .incomparable)
        #expect(comparison.regressions.map(\.measure) == [.ratio, .allocations])
        let text = comparison.text(width: 120, color: false)
        #expect(text.contains("machines differ") && text.contains("not comparable"))
    }

    @Test func `another floor is no floor`() {
        var other = Self.ratio(2, 1000)
        other.floor?.name = "another loop"
        let changes = Self.compare(Self.ratio(1, 1000), other).changes
        #expect(changes[0].measure == .time && changes[0].verdict == .unchanged)
    }

    @Test func `what only one report has is told, and other units are other costs`() {
        let old = Self.report([SampleCosts.cost("gain", 60), SampleCosts.cost("mix", 60)])
        let new = Self.report([SampleCosts.cost("limit", 60), SampleCosts.cost("mix", 60, unit: .packet)])
        let comparison = CostComparison(old: old, new: new)
        #expect(comparison.changes.isEmpty)
        #expect(comparison.onlyInOld == ["gain, speech", "mix, speech"])
        #expect(comparison.onlyInNew == ["limit, speech", "mix, speech"])
        #expect(comparison.text(width: 80, color: false).contains("only in the old report\ngain, speech"))
    }

    @Test(arguments: [40, 60, 80, 120], [false, true])
    func `the text fits, the worst first`(width: Int, color: Bool) throws {
        let old = Self.report([SampleCosts.cost("gain", 60), Self.ratio(1), SampleCosts.cost("limit", 100)])
        let new = Self.report([SampleCosts.cost("gain", 72), Self.ratio(1.5), SampleCosts.cost("limit", 50)])
        let text = CostComparison(old: old, new: new).text(width: width, color: color)
            .replacing(/\u{1B}\[[0-9]+m/, with: "")
        for line in text.split(separator: "\n") { #expect(line.count <= width, "\(line)") }
        let places = try ["mix, speech", "gain, speech", "limit, speech", "2 regressions"].map {
            try #require(text.firstRange(of: $0)).lowerBound
        }
        #expect(places == places.sorted())
    }

    @Test func `versions and warnings are told`() {
        let old = Self.report([Self.ratio(1)])
        var new = old
        (new.parley, new.warnings) = ("9.9", ["the fan was loud"])
        let notes = CostComparison(old: old, new: new).notes
        #expect(notes == ["Parley differs: 0.1.0 → 9.9", "of the new report: the fan was loud"])
    }
}

/// Numbers that are the same in every run.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
