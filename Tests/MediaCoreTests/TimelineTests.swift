import MediaCore
import Testing

@Suite struct TimelineTests {
    @Test func `bins are joined when they are full, and nothing is lost`() {
        var sum = Timeline(.sum)
        var highest = Timeline(.highest)
        for tick in 0..<100_000 {
            sum.add(1)
            highest.add(tick == 77_777 ? 9 : 1)
        }
        #expect(sum.ticksPerBin == 64)
        #expect(sum.bins.count <= Timeline.maximumBins)
        #expect(sum.bins.reduce(0, +) == 100_000)
        #expect(highest.bins.firstIndex(of: 9) == 77_777 / 64)
        #expect(highest.bins.filter { $0 == 9 }.count == 1)
    }
}
