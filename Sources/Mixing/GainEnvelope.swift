import BasicContainers
import MediaCore

/// From the gain that each sample needs to one that is smooth: never above what is needed, never in a hurry.
///
/// Three steps over time `n`: the lowest need of the last `lookAhead` samples; from there back to 1 exponentially; two
/// moving averages that together are as long as the look-ahead. A need at `n` has then pulled the average down to itself
/// by `n + lookAhead`, which is when the sample that has it leaves.
struct GainEnvelope: ~Copyable {
    /// The way back ends here, 0.004 dB short, instead of going on for a second more; the averages round it off.
    private static let asGoodAsOne: Float = 0.9995

    private let lookAhead: Int
    private let first: Int
    private let second: Int
    private let release: Float
    // Each holds what is needed of the past, then the frame.
    private var needs: RigidArray<Float>
    private var minima: RigidArray<Float>
    private var released: RigidArray<Float>
    private var averaged: RigidArray<Float>
    private var last: Float = 1
    /// Samples in a row that needed no less than 1.
    private var quiet: Int

    /// - Parameter releaseSamples: the time constant of the way back to 1.
    init(lookAhead: Int, releaseSamples: Double, frame: Int) {
        self.lookAhead = lookAhead
        first = lookAhead / 2 + 1
        second = lookAhead - lookAhead / 2 + 1
        release = Float(1 / max(releaseSamples, 1))
        needs = RigidArray(repeating: 1, count: lookAhead + frame)
        minima = RigidArray(repeating: 1, count: lookAhead + frame)
        released = RigidArray(repeating: 1, count: first - 1 + frame)
        averaged = RigidArray(repeating: 1, count: second - 1 + frame)
        quiet = 3 * lookAhead + 3
    }

    /// Whether every gain from here on is 1 until a sample needs less.
    var isAtRest: Bool { last == 1 && quiet >= 3 * lookAhead + 3 }

    /// Takes the needs of a frame and gives the gains of the samples that leave.
    /// - Returns: the lowest of those gains.
    mutating func process(_ frameNeeds: borrowing RigidArray<Float>, into gains: inout RigidArray<Float>) -> Float {
        let count = frameNeeds.count
        for i in 0..<count { needs[lookAhead + i] = frameNeeds[i] }
        findMinima()
        releaseGains(count)
        Self.average(released, window: first, count: count, into: &averaged, at: second - 1)
        let lowest = Self.average(averaged, window: second, count: count, into: &gains, at: 0)
        Self.keepNewest(&needs, lookAhead)
        Self.keepNewest(&released, first - 1)
        Self.keepNewest(&averaged, second - 1)
        return lowest
    }

    mutating func reset() {
        for i in needs.indices { needs[i] = 1 }
        for i in released.indices { released[i] = 1 }
        for i in averaged.indices { averaged[i] = 1 }
        last = 1
        quiet = 3 * lookAhead + 3
    }

    /// `minima[i]` becomes the least of the `lookAhead + 1` needs from `i` on: by doubling the window, in place.
    private mutating func findMinima() {
        for i in needs.indices { minima[i] = needs[i] }
        let window = lookAhead + 1
        var width = 1
        var target = minima.mutableSpan
        while width * 2 <= window {
            for i in 0..<(target.count - width) { target[i] = min(target[i], target[i + width]) }
            width *= 2
        }
        let rest = window - width
        if rest > 0 { for i in 0..<(target.count - rest) { target[i] = min(target[i], target[i + rest]) } }
    }

    private mutating func releaseGains(_ count: Int) {
        var gain = last
        for i in 0..<count {
            gain = min(minima[i], gain + (1 - gain) * release)
            if gain > Self.asGoodAsOne && minima[i] == 1 { gain = 1 }
            released[first - 1 + i] = gain
            quiet = gain == 1 ? quiet + 1 : 0
        }
        last = gain
    }

    /// A moving average over `window` values, for `count` values.
    /// - Returns: the lowest.
    @discardableResult private static func average(
        _ source: borrowing RigidArray<Float>, window: Int, count: Int, into target: inout RigidArray<Float>,
        at start: Int
    ) -> Float {
        // In double precision sums of a frame are exact enough, and sums of ones exact.
        var sum = 0.0
        for i in 0..<(window - 1) { sum += Double(source[i]) }
        var lowest: Float = 1
        for i in 0..<count {
            sum += Double(source[i + window - 1])
            let value = Float(sum / Double(window))
            target[start + i] = value
            lowest = min(lowest, value)
            sum -= Double(source[i])
        }
        return lowest
    }

    private static func keepNewest(_ values: inout RigidArray<Float>, _ kept: Int) {
        var span = values.mutableSpan
        span.keepNewest(kept)
    }
}
