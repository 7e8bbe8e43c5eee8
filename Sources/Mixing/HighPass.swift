import Glibc
public import MediaCore

/// The stage `high-pass`: a Butterworth filter of second order, 12 dB per octave below the cut-off.
///
/// Takes out rumble, handling noise and DC. A silent frame costs nothing once the filter has rung out.
///
/// The recursion `y[n] = w[n] - a1·y[n-1] - a2·y[n-2]` makes each sample wait for the one before. Put into itself once,
/// `y[n+1] = w[n+1] - a1·w[n] + (a1² - a2)·y[n-1] + a1·a2·y[n-2]`, it gives two samples for the same wait. It runs in
/// double precision, which costs no more here: with poles so close to 1, single precision would leave a noise of its own.
public struct HighPass: FrameFilter, ~Copyable {
    /// Below this the filter's memory counts as nothing: -140 dB.
    private static let negligible = 1e-7

    public var latency: Int { 0 }
    private let scale: Double
    private let a1: Double
    private let a2: Double
    private var left = Memory()
    private var right = Memory()

    /// The last two samples in and out.
    private struct Memory {
        var x1 = 0.0
        var x2 = 0.0
        var y1 = 0.0
        var y2 = 0.0

        var isNegligible: Bool {
            max(x1.magnitude, x2.magnitude, y1.magnitude, y2.magnitude) < HighPass.negligible
        }
    }

    /// - Parameter cutoff: in Hz, where the gain is -3 dB; below half the sample rate.
    public init(cutoff: Double, format: AudioFormat) {
        // The bilinear transform of s² / (s² + √2 s + 1), with k = tan(π fc / fs).
        let k = tan(Double.pi * cutoff / Double(format.sampleRate))
        scale = 1 / (1 + k * 2.0.squareRoot() + k * k)
        a1 = 2 * (k * k - 1) * scale
        a2 = (1 - k * 2.0.squareRoot() + k * k) * scale
    }

    public mutating func process(_ frame: inout PCMFrame) {
        if frame.isSilent && left.isNegligible && right.isNegligible {
            (left, right) = (Memory(), Memory())
            return
        }
        let channels = frame.format.channels
        var samples = frame.mutableSamples
        left = run(&samples, from: 0, by: channels, left)
        if channels == 2 { right = run(&samples, from: 1, by: 2, right) }
    }

    public mutating func reset() { (left, right) = (Memory(), Memory()) }

    private func run(_ samples: inout MutableSpan<Float>, from start: Int, by step: Int, _ memory: Memory) -> Memory {
        var m = memory
        let (b1, b2) = (a1 * a1 - a2, a1 * a2)
        var i = start
        while i + step < samples.count {
            let (first, second) = (Double(samples[i]), Double(samples[i + step]))
            let w0 = scale * (first - 2 * m.x1 + m.x2)
            let w1 = scale * (second - 2 * first + m.x1) - a1 * w0
            let y0 = (w0 - a2 * m.y2) - a1 * m.y1
            let y1 = (w1 + b2 * m.y2) + b1 * m.y1
            samples[i] = Float(y0)
            samples[i + step] = Float(y1)
            m = Memory(x1: second, x2: first, y1: y1, y2: y0)
            i += 2 * step
        }
        // The shortest frames have an odd number of samples at no rate that there is, but a filter should not care.
        if i < samples.count {
            let x = Double(samples[i])
            let y = scale * (x - 2 * m.x1 + m.x2) - a1 * m.y1 - a2 * m.y2
            samples[i] = Float(y)
            m = Memory(x1: x, x2: m.x1, y1: y, y2: m.y1)
        }
        // Forgets what has decayed, before it ends in denormals, which are slow, and what is no number, for good.
        return m.isNegligible || !(m.y1 + m.y2).isFinite ? Memory() : m
    }
}
