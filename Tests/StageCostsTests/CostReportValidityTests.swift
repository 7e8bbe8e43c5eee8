import StageCosts
import TestCosts
import Testing

@Suite struct CostReportValidityTests {
    @Test func `what a run gives has no problem`() { #expect(SampleCosts.report().problem == nil) }

    private static let damages: [(problem: String, damage: @Sendable (inout CostReport) -> Void)] = [
        ("machine.steal", { $0.machine.steal = 2 }), ("machine.load", { $0.machine.load = -1 }),
        ("machine.cores", { $0.machine.cores = -1 }),
        ("costs[1].subject.kind", { $0.costs[1].subject.kind = "" }),
        ("costs[1].subject.width", { $0.costs[1].subject.width = 0 }),
        ("costs[1].subject.format", { $0.costs[1].subject.format.sampleRate = 0 }),
        ("costs[1].nanoseconds", { $0.costs[1].nanoseconds.median = -1 }),
        ("costs[1].nanoseconds", { $0.costs[1].nanoseconds.p99 = .infinity }),
        ("costs[1].nanoseconds.interval", { $0.costs[1].nanoseconds.interval.low = 1e9 }),
        ("costs[1].floor", { $0.costs[1].floor?.ratio = .nan }),
        ("costs[1].floor.interval", { $0.costs[1].floor?.interval.high = 0 }),
        ("costs[1].allocations", { $0.costs[1].allocations = -1 }),
        ("costs[1].instructions", { $0.costs[1].instructions = 1e300 }),
        ("costs[1].bytes", { $0.costs[1].bytes.input = .max }),
    ]

    @Test(arguments: damages.indices) func `what cannot have been measured is named`(index: Int) throws {
        var report = SampleCosts.report()
        Self.damages[index].damage(&report)
        let problem = try #require(report.problem)
        #expect(problem.hasPrefix(Self.damages[index].problem), "\(problem)")
    }

    @Test func `the largest numbers that are let through can be shown`() {
        var report = SampleCosts.report()
        for index in report.costs.indices {
            report.costs[index].nanoseconds = CostQuantiles(
                median: index % 2 == 0 ? 0 : 1e15, p95: 1e15, p99: 1e15, interval: Interval(low: 0, high: 1e15))
            report.costs[index].floor = FloorCost(
                name: "", nanoseconds: 0, ratio: index % 3 == 0 ? 0 : 1e15, interval: Interval(low: 0, high: 1e15))
            report.costs[index].bytes = TouchedBytes(
                input: 1_000_000_000_000_000, output: 1_000_000_000_000_000, state: 1_000_000_000_000_000)
            report.costs[index].subject.format.samplesPerFrame = 10_000_000
        }
        #expect(report.problem == nil)
        for width in [40, 400] { #expect(!CostTable.text(report, width: width, color: true).isEmpty) }
        #expect(!CostTable.csv(report).isEmpty)
        #expect(!CostComparison(old: SampleCosts.report(), new: report).text(width: 80, color: true).isEmpty)
    }
}
