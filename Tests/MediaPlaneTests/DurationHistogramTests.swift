import MediaPlane
import Testing

@Suite struct DurationHistogramTests {
    @Test func `every duration falls into the bucket that ends next above it`() {
        let durations = (0..<41).flatMap { exponent in
            let power = Int64(1) << Int64(exponent)
            return [power - 1, power, power + 1, 5 * power, 7 * power - 1]
        }
        for nanoseconds in durations {
            var histogram = DurationHistogram()
            histogram.record(nanoseconds: nanoseconds)
            let bucket = (0..<DurationHistogram.bucketCount).filter { histogram.count(in: $0) == 1 }
            #expect(bucket.count == 1, "\(nanoseconds) ns")
            guard let bucket = bucket.first else { continue }
            let seconds = Double(nanoseconds) / 1e9
            #expect(seconds < DurationHistogram.upperBound(of: bucket), "\(nanoseconds) ns")
            if bucket > 0 { #expect(seconds >= DurationHistogram.upperBound(of: bucket - 1), "\(nanoseconds) ns") }
        }
    }

    @Test func `quantiles are right to a quarter`() {
        var histogram = DurationHistogram()
        for i in 1...1000 { histogram.record(nanoseconds: Int64(i) * 10_000) }
        #expect(histogram.count == 1000)
        for share in [0.01, 0.5, 0.9, 0.999] {
            let right = share * 0.01
            #expect(histogram.quantile(share) >= right && histogram.quantile(share) <= right * 1.25, "\(share)")
        }
        #expect(histogram.quantile(1) == 0.01)
        #expect(DurationHistogram().quantile(0.5) == 0)
    }

    @Test func `what came since is the difference, and shards add up`() {
        var histogram = DurationHistogram()
        histogram.record(nanoseconds: 1000)
        let earlier = histogram
        histogram.record(nanoseconds: 5_000_000)
        histogram.record(nanoseconds: -3)
        let since = histogram.since(earlier)
        #expect(since.count == 2 && since.sumNanoseconds == 5_000_000)
        #expect(since.quantile(0.5) < 2e-6)
        var both = earlier
        both.add(since)
        #expect(both.count == 3 && both.maximumNanoseconds == 5_000_000)
    }
}
