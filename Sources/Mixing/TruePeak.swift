import BasicContainers
import Glibc
import MediaCore

/// Peaks between the samples, found by interpolating to four times the rate (ITU-R BS.1770-4, annex 2).
///
/// The interpolator is a sinc under a Kaiser window, longer than the recommendation's, so that what it misses close to
/// half the sample rate is small.
struct TruePeakDetector: ~Copyable {
    /// Samples on either side that a value between two samples is made of.
    static let reach = 16
    private static let taps = 2 * reach
    private static let phases = 3

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

    /// For `count` samples from `start` on, the largest magnitude at or after each and before the next.
    /// - Parameters:
    ///   - samples: one channel, with `reach` samples more on either side.
    ///   - count: at least 8.
    ///   - threshold: where nothing can reach this, no more is said than that.
    func measure(
        _ samples: Span<Float>, from start: Int, count: Int, threshold: Float, into peaks: inout MutableSpan<Float>
    ) {
        for block in stride(from: 0, to: count, by: 8) {
            // The last block reaches back over the one before it; a frame has at least eight samples.
            let i = min(block, count - 8)
            let around = samples.extracting((start + i - Self.reach + 1)..<(start + i + 8 + Self.reach))
            var highest = SIMD8<Float>(repeating: SampleKernels.peak(around))
            if highest[0] * worstGain > threshold { highest = interpolate(samples, at: start + i) }
            for j in 0..<8 { peaks[i + j] = max(peaks[i + j], highest[j]) }
        }
    }

    /// The largest magnitudes of eight samples and of the values between each and the next.
    private func interpolate(_ samples: Span<Float>, at start: Int) -> SIMD8<Float> {
        let bytes = unsafe samples.bytes
        var highest = unsafe Self.magnitude(bytes.unsafeLoadUnaligned(fromByteOffset: start * 4, as: SIMD8<Float>.self))
        for phase in 0..<Self.phases {
            var sum = SIMD8<Float>.zero
            for tap in 0..<Self.taps {
                let offset = (start + tap - Self.reach + 1) * 4
                sum +=
                    unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                    * coefficients[phase * Self.taps + tap]
            }
            let magnitudes = Self.magnitude(sum)
            highest.replace(with: magnitudes, where: magnitudes .> highest)
        }
        return highest
    }

    private static func magnitude(_ v: SIMD8<Float>) -> SIMD8<Float> { v.replacing(with: -v, where: v .< 0) }

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
