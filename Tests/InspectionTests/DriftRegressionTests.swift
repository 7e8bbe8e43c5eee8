import Inspection
import Testing

@Suite struct DriftRegressionTests {
    /// A packet each 20 ms by a clock that is so fast; each is late by up to `jitter` seconds, few by little.
    private static func estimate(
        _ partsPerMillion: Double, seconds: Int, jitter: Double, seed: UInt64 = 5
    ) -> DriftRegression.Estimate? {
        var (regression, state) = (DriftRegression(), seed)
        for packet in 0..<(50 * seconds) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let late = Double(state >> 11) * 0x1p-53 * jitter
            let media = Double(packet) * 0.02
            let arrival = media / (1 + partsPerMillion * 1e-6) + late
            // Far from zero, as transit times are.
            regression.add(transit: arrival - media + 1234.5, at: arrival)
        }
        return regression.estimate
    }

    @Test(arguments: [100.0, -100, 0, 3, -30])
    func `a clock's drift is found within 2 ppm, behind 10 ms of jitter`(partsPerMillion: Double) throws {
        for seed in 1...5 as ClosedRange<UInt64> {
            let found = try #require(Self.estimate(partsPerMillion, seconds: 60, jitter: 0.01, seed: seed))
            #expect((found.partsPerMillion - partsPerMillion).magnitude < 2, "\(found), seed \(seed)")
            #expect((found.partsPerMillion - partsPerMillion).magnitude < 5 * found.error, "\(found), seed \(seed)")
        }
    }

    @Test func `without jitter it is exact, and its error says so`() throws {
        let found = try #require(Self.estimate(100, seconds: 30, jitter: 0))
        #expect((found.partsPerMillion - 100).magnitude < 0.1 && found.error < 0.1)
    }

    @Test func `the error grows with the jitter`() throws {
        let (little, much) = (Self.estimate(0, seconds: 40, jitter: 0.005), Self.estimate(0, seconds: 40, jitter: 0.5))
        #expect((try #require(much)).error > 10 * (try #require(little)).error)
    }

    @Test func `a few seconds tell nothing`() {
        #expect(Self.estimate(100, seconds: 8, jitter: 0) == nil)
    }
}
