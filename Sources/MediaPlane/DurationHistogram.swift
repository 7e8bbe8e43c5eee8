/// How often something took how long: fixed buckets, four to each doubling, from a microsecond to over a second.
public struct DurationHistogram: Sendable {
    public static let bucketCount = 84
    /// Buckets are told apart by these bits of nanoseconds: the first four are 1.024 µs wide.
    private static let unitBits = 10

    public private(set) var count = 0
    public private(set) var sumNanoseconds: Int64 = 0
    public private(set) var maximumNanoseconds: Int64 = 0
    private var counts = InlineArray<84, UInt64>(repeating: 0)

    public init() {}

    /// What is below zero counts as zero.
    public mutating func record(nanoseconds: Int64) {
        let value = max(nanoseconds, 0)
        count += 1
        sumNanoseconds += value
        maximumNanoseconds = max(maximumNanoseconds, value)
        var span = counts.mutableSpan
        span[Self.bucket(of: value)] += 1
    }

    /// How many were in a bucket, not counting those below.
    public func count(in bucket: Int) -> Int { Int(counts.span[bucket]) }

    /// Where a bucket ends; the last has no end.
    public static func upperBound(of bucket: Int) -> Double {
        guard bucket < bucketCount - 1 else { return .infinity }
        let step = Double(sign: .plus, exponent: max(bucket / 4 - 1, 0), significand: 1)
        let units = bucket < 4 ? Double(bucket + 1) : Double(4 + bucket % 4 + 1) * step
        return units * Double(1 << unitBits) / 1e9
    }

    /// The end of the bucket that holds it, in seconds, but never more than the largest; 0 if nothing was recorded.
    public func quantile(_ share: Double) -> Double {
        guard count > 0 else { return 0 }
        let wanted = max(1, (share * Double(count)).rounded(.up))
        var seen = 0
        let largest = Double(maximumNanoseconds) / 1e9
        for bucket in 0..<Self.bucketCount {
            seen += count(in: bucket)
            if Double(seen) >= wanted { return min(Self.upperBound(of: bucket), largest) }
        }
        return largest
    }

    /// What came since an earlier state of the same histogram. The largest stays that of all time.
    public func since(_ earlier: DurationHistogram) -> DurationHistogram {
        var result = self
        result.count -= earlier.count
        result.sumNanoseconds -= earlier.sumNanoseconds
        for bucket in 0..<Self.bucketCount { result.counts[bucket] -= earlier.counts[bucket] }
        return result
    }

    /// Takes in another's counts: of several shards, for one picture.
    public mutating func add(_ other: DurationHistogram) {
        count += other.count
        sumNanoseconds += other.sumNanoseconds
        maximumNanoseconds = max(maximumNanoseconds, other.maximumNanoseconds)
        for bucket in 0..<Self.bucketCount { counts[bucket] += other.counts[bucket] }
    }

    static func bucket(of nanoseconds: Int64) -> Int {
        let units = nanoseconds >> Int64(unitBits)
        guard units >= 4 else { return Int(units) }
        let exponent = 63 - units.leadingZeroBitCount
        return min((exponent - 1) * 4 + Int(units >> Int64(exponent - 2)) & 3, bucketCount - 1)
    }
}
