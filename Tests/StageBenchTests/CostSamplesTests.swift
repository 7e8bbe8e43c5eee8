import StageBench
import StageCosts
import Testing

@Suite struct CostSamplesTests {
    /// Rounds of a stage that takes twice as long as its floor, where whoever comes second takes 30 % less.
    static func samples(rounds: Int, drift: Double) -> CostSamples {
        var (stage, floor): ([Double], [Double]) = ([], [])
        for round in 0..<rounds {
            let speed = 1 + drift * Double(round) / Double(rounds)
            let stageIsFirst = round % 2 == 0
            stage.append(2000 * speed * (stageIsFirst ? 1 : 0.7) + 100)
            floor.append(1000 * speed * (stageIsFirst ? 0.7 : 1) + 100)
        }
        var samples = CostSamples()
        samples.add(
            stage: stage, floor: floor, baseline: Array(repeating: 100, count: rounds), operations: 10)
        return samples
    }

    @Test func `neither the order nor a machine that grows slower moves the ratio`() throws {
        for drift in [0, 0.5, 2] {
            let floor = try #require(Self.samples(rounds: 1000, drift: drift).floorCost(named: "f"))
            #expect((floor.ratio - 2).magnitude < 0.02, "drift \(drift): \(floor.ratio)")
            #expect(floor.interval.low <= floor.ratio && floor.ratio <= floor.interval.high)
        }
    }

    @Test func `times are those of who came first, without what surrounds the work, of one operation`() throws {
        let samples = Self.samples(rounds: 1000, drift: 0)
        #expect((samples.quantiles.median - 200).magnitude < 1e-9)
        #expect((try #require(samples.floorCost(named: "f")).nanoseconds - 100).magnitude < 1e-9)
    }

    @Test func `passes that lie apart widen the interval`() {
        var samples = CostSamples()
        for time in [1000.0, 1100, 1200] {
            samples.add(
                stage: Array(repeating: time, count: 500), floor: [], baseline: Array(repeating: 0, count: 500),
                operations: 1)
        }
        #expect(samples.quantiles.interval == Interval(low: 1000, high: 1200))
        #expect(samples.quantiles.median == 1100)
        #expect(samples.floorCost(named: "none") == nil)
    }

    @Test func `the interval holds the median of what is measured 95 times of 100`() {
        var random = UInt64(7)
        func next() -> Double {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(random >> 11) / Double(1 << 53)
        }
        var held = 0
        for _ in 0..<400 {
            // Skewed, as times are: the median of x² is 0.25.
            let sorted = (0..<301).map { _ in
                let x = next()
                return x * x
            }.sorted()
            let interval = CostSamples.interval(sorted, [])
            if interval.low <= 0.25 && 0.25 <= interval.high { held += 1 }
        }
        #expect((370...400).contains(held), "\(held) of 400")
    }
}
