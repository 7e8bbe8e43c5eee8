import BasicContainers
internal import CSampleKernels
import Glibc
import MediaCore

/// Peaks between the samples, found by interpolating to four times the rate (ITU-R BS.1770-4, annex 2).
///
/// The interpolator is a sinc under a Kaiser window, longer than the recommendation's, so that what it misses close to
/// half the sample rate is small.
struct TruePeakDetector: ~Copyable {
    /// Samples on either side that a value between two samples is made of.
    static let reach = 16
    private static let taps = Int(PARLEY_TAPS)
    private static let phases = Int(PARLEY_PHASES)

    /// For phases 1/4, 1/2, 3/4: `taps` coefficients each, for samples `-reach + 1 ... reach` around the gap.
    private var coefficients: RigidArray<Float>
    /// No interpolated value is larger than this times the largest sample around it.
    let worstGain: Float

    init() {
        coefficients = RigidArray(capacity: Self.taps * Self.phases)
        var worst = 1.0
        for phase in 1...Self.phases {
            let fraction = Double(phase) / 4
            var values: [Double] = []
            for tap in 0..<Self.taps {
                let x = Double(tap - Self.reach + 1) - fraction
                values.append(sin(Double.pi * x) / (Double.pi * x) * Self.kaiser(x / (Double(Self.reach) + 0.5)))
            }
            let sum = values.reduce(0, +)
            worst = max(worst, values.reduce(0) { $0 + abs($1 / sum) })
            for value in values { coefficients.append(Float(value / sum)) }
        }
        worstGain = Float(worst) * 1.0001
    }

    /// For as many samples from `start` on as there are peaks, the largest magnitude at or after each and before the next:
    /// raises `peaks` to it where it can exceed the threshold.
    /// - Parameters:
    ///   - samples: one channel, with `reach` samples more on either side.
    ///   - peaks: at least 8.
    func measure(_ samples: Span<Float>, from start: Int, threshold: Float, into peaks: inout MutableSpan<Float>) {
        precondition(start + 1 >= Self.reach && start + peaks.count + Self.reach <= samples.count && peaks.count >= 8)
        unsafe coefficients.span.withUnsafeBufferPointer { coefficients in
            let by = unsafe parley_interpolator(coefficients: coefficients.baseAddress, worst_gain: worstGain)
            unsafe samples.withUnsafeBufferPointer { samples in
                unsafe peaks.withUnsafeMutableBufferPointer { peaks in
                    guard let first = samples.baseAddress else { return }
                    unsafe parley_true_peaks(by, first + start, threshold, peaks.baseAddress, Int32(peaks.count))
                }
            }
        }
    }

    /// The window, from -1 to 1, with side lobes 40 dB down: a narrow edge at half the sample rate matters more here.
    private static func kaiser(_ x: Double) -> Double {
        let beta = 3.5
        return bessel(beta * max(1 - x * x, 0).squareRoot()) / bessel(beta)
    }

    /// The modified Bessel function of order 0, by its series.
    private static func bessel(_ x: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        for k in 1...40 {
            term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
            sum += term
        }
        return sum
    }
}
