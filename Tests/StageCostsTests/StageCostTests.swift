import MediaCore
import StageCosts
import Testing

@Suite struct StageCostTests {
    @Test func `one frame of 20 ms in 20 µs is a thousand streams a core`() {
        let cost = StageCost(
            subject: CostSubject(kind: "opus.decode"), unit: .frame,
            nanoseconds: CostQuantiles(
                median: 20_000, p95: 21_000, p99: 22_000, interval: Interval(low: 19_900, high: 20_100)))
        #expect(cost.streamsPerCore == 1000)
    }

    @Test func `a subject says how many are served in turn`() {
        #expect(CostSubject(kind: "opus.decode").title == "opus.decode")
        #expect(CostSubject(kind: "srtp.protect", width: 1000, widthUnit: "keys").title == "srtp.protect, 1000 keys")
        #expect(CostSubject(kind: "jitter.adaptive", part: "tick").title == "jitter.adaptive tick")
    }
}
