import BasicContainers
internal import CSampleKernels
import MediaCore

/// From the gain that each sample needs to one that is smooth: never above what is needed, never in a hurry.
///
/// Three steps over time `n`: the lowest need of the last `lookAhead` samples; from there back to 1 exponentially; two
/// moving averages that together are as long as the look-ahead. A need at `n` has then pulled the average down to itself
/// by `n + lookAhead`, which is when the sample that has it leaves.
struct GainEnvelope: ~Copyable {
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
        Self.copy(frameNeeds, into: &needs, at: lookAhead)
        Self.copy(needs, into: &minima, at: 0)
        Self.findMinima(&minima, window: lookAhead + 1)
        let lowest = smooth(frameNeeds.count, into: &gains)
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

    var stateBytes: Int {
        (lookAhead + first - 1 + second - 1) * MemoryLayout<Float>.stride + MemoryLayout<Float>.size
            + MemoryLayout<Int>.size
    }

    /// Behind what is needed of the past, all is written anew in the next frame.
    func save(into image: inout StateImage) {
        image.write(needs.span.extracting(first: lookAhead))
        image.write(released.span.extracting(first: first - 1))
        image.write(averaged.span.extracting(first: second - 1))
        image.write(last)
        image.write(quiet)
    }

    mutating func restore(from image: inout StateImage) {
        Self.read(lookAhead, of: &needs, from: &image)
        Self.read(first - 1, of: &released, from: &image)
        Self.read(second - 1, of: &averaged, from: &image)
        last = image.read()
        quiet = image.read()
    }

    private static func read(_ count: Int, of values: inout RigidArray<Float>, from image: inout StateImage) {
        var span = values.mutableSpan
        image.read(count, into: &span)
    }

    /// Each becomes the least of the `window` from it on.
    private static func findMinima(_ values: inout RigidArray<Float>, window: Int) {
        var span = values.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { values in
            unsafe parley_minima(values.baseAddress, Int32(values.count), Int32(window))
        }
    }

    /// From the minima to the gains, in one loop: the release and each average wait for their own last value only, so a
    /// processor works on all three at once.
    /// - Returns: the lowest gain.
    private mutating func smooth(_ count: Int, into gains: inout RigidArray<Float>) -> Float {
        var way = WayBack(gain: last, quiet: quiet, share: release)
        let lowest = Self.smooth(
            minima, &way, &released, window: first, &averaged, window: second, count: count, into: &gains)
        (last, quiet) = (way.gain, way.quiet)
        return lowest
    }

    private static func smooth(
        _ minima: borrowing RigidArray<Float>, _ way: inout WayBack, _ released: inout RigidArray<Float>,
        window first: Int, _ averaged: inout RigidArray<Float>, window second: Int, count: Int,
        into gains: inout RigidArray<Float>
    ) -> Float {
        var one = MovingAverage(released, window: first)
        var two = MovingAverage(averaged, window: second)
        let minima = minima.span
        var released = released.mutableSpan
        var averaged = averaged.mutableSpan
        var gains = gains.mutableSpan
        var lowest: Float = 1
        for i in 0..<count {
            let gain = way.advance(need: minima[i])
            released[first - 1 + i] = gain
            let average = one.advance(in: gain, out: released[i])
            averaged[second - 1 + i] = average
            let value = two.advance(in: average, out: averaged[i])
            gains[i] = value
            lowest = min(lowest, value)
        }
        return lowest
    }

    /// Down to what is needed at once, and back to 1 exponentially.
    private struct WayBack {
        /// The way back ends here, 0.004 dB short, instead of going on for a second more; the averages round it off.
        private static let asGoodAsOne: Float = 0.9995

        var gain: Float
        var quiet: Int
        let share: Float

        mutating func advance(need: Float) -> Float {
            gain = min(need, gain + (1 - gain) * share)
            if gain > Self.asGoodAsOne && need == 1 { gain = 1 }
            quiet = gain == 1 ? quiet + 1 : 0
            return gain
        }
    }

    /// A sum of the last values. In double precision sums of a frame are exact enough, and sums of ones exact.
    private struct MovingAverage {
        private let window: Double
        private var sum = 0.0

        /// Begins with all but one of a window's values.
        init(_ values: borrowing RigidArray<Float>, window: Int) {
            self.window = Double(window)
            for i in 0..<(window - 1) { sum += Double(values[i]) }
        }

        mutating func advance(in new: Float, out old: Float) -> Float {
            sum += Double(new)
            let average = Float(sum / window)
            sum -= Double(old)
            return average
        }
    }

    private static func copy(_ source: borrowing RigidArray<Float>, into target: inout RigidArray<Float>, at start: Int)
    {
        var span = target.mutableSpan
        span.copy(source.span, at: start)
    }

    private static func keepNewest(_ values: inout RigidArray<Float>, _ kept: Int) {
        var span = values.mutableSpan
        span.keepNewest(kept)
    }
}
