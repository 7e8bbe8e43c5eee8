import Glibc
import MediaCore

/// Interpolation between samples by a windowed sinc of 32 taps, from a table of 128 phases with straight lines between
/// them: what follows a clock that is off by parts in a million.
enum FractionalDelay {
    static let taps = 32
    private static let phases = 128

    /// `phases + 1` rows of `taps`; row p holds the filter for a delay of p / 128 of a sample. Each adds up to 1.
    private static let table: [Float] = {
        var table: [Float] = []
        for phase in 0...phases {
            let shift = Double(phase) / Double(phases)
            let row = (0..<taps).map { tap in
                let t = Double(tap - taps / 2 + 1) - shift
                let sinc = t == 0 ? 1 : sin(.pi * t) / (.pi * t)
                return sinc * kaiser(t / Double(taps / 2))
            }
            let sum = row.reduce(0, +)
            table += row.map { Float($0 / sum) }
        }
        return table
    }()

    /// A Kaiser window with β = 8.5, on -1...1.
    private static func kaiser(_ x: Double) -> Double {
        guard x * x < 1 else { return 0 }
        return bessel(8.5 * (1 - x * x).squareRoot()) / bessel(8.5)
    }

    /// The modified Bessel function of order 0, by its power series.
    private static func bessel(_ x: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        for k in 1..<60 {
            term *= (x / 2 / Double(k)) * (x / 2 / Double(k))
            sum += term
        }
        return sum
    }

    /// Fills a frame from samples at `start + fraction`, `+ step`, `+ 2 step` …
    static func resample(
        from source: UnsafeMutableBufferPointer<Float>, at start: Int, fraction: Double, step: Double, channels: Int,
        into frame: inout PCMFrame
    ) {
        let count = frame.format.samplesPerFrame
        var output = frame.mutableSamples
        let table = unsafe Self.table.span.bytes
        var coefficients = InlineArray<4, SIMD8<Float>>(repeating: .zero)
        for n in 0..<count {
            let position = fraction + Double(n) * step
            let whole = position.rounded(.down)
            let phase = (position - whole) * Double(phases)
            let row = min(Int(phase), phases - 1)
            let between = SIMD8<Float>(repeating: Float(phase - Double(row)))
            for block in 0..<4 {
                let offset = (row * taps + block * 8) * 4
                let a = unsafe table.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
                let b = unsafe table.unsafeLoadUnaligned(fromByteOffset: offset + taps * 4, as: SIMD8<Float>.self)
                coefficients[block] = a + (b - a) * between
            }
            let first = start + Int(whole) - taps / 2 + 1
            if channels == 1 {
                output[n] = unsafe dot(source, first, coefficients)
            } else {
                for channel in 0..<channels {
                    output[n * channels + channel] = unsafe dot(
                        source, first * channels + channel, stride: channels, coefficients)
                }
            }
        }
    }

    @inline(__always)
    private static func dot(
        _ source: UnsafeMutableBufferPointer<Float>, _ first: Int, _ coefficients: InlineArray<4, SIMD8<Float>>
    ) -> Float {
        let count = source.count
        precondition(first >= 0 && first + taps <= count)
        let bytes = UnsafeRawBufferPointer(source)
        var sum = SIMD8<Float>.zero
        for block in 0..<4 {
            let x = unsafe bytes.loadUnaligned(fromByteOffset: (first + block * 8) * 4, as: SIMD8<Float>.self)
            sum += x * coefficients[block]
        }
        return sum.sum()
    }

    @inline(__always)
    private static func dot(
        _ source: UnsafeMutableBufferPointer<Float>, _ first: Int, stride: Int,
        _ coefficients: InlineArray<4, SIMD8<Float>>
    ) -> Float {
        var sum: Float = 0
        for tap in 0..<taps { sum += unsafe source[first + tap * stride] * coefficients[tap >> 3][tap & 7] }
        return sum
    }
}
