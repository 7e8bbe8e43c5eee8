import Glibc
public import MediaCore

/// The stage `high-pass`: a Butterworth filter of second order, 12 dB per octave below the cut-off.
///
/// Takes out rumble, handling noise and DC. A silent frame costs nothing once the filter has rung out.
public struct HighPass: FrameFilter, ~Copyable {
    /// Below this the filter's memory counts as nothing: -140 dB.
    private static let negligible: Float = 1e-7

    public var latency: Int { 0 }
    private let b: (Float, Float, Float)
    private let a: (Float, Float)
    private var left = Memory()
    private var right = Memory()

    /// Transposed direct form II.
    private struct Memory {
        var s1: Float = 0
        var s2: Float = 0

        var isNegligible: Bool { s1.magnitude < HighPass.negligible && s2.magnitude < HighPass.negligible }
    }

    /// - Parameter cutoff: in Hz, where the gain is -3 dB; below half the sample rate.
    public init(cutoff: Double, format: AudioFormat) {
        // The bilinear transform of s² / (s² + √2 s + 1), with k = tan(π fc / fs).
        let k = tan(Double.pi * cutoff / Double(format.sampleRate))
        let scale = 1 / (1 + k * 2.0.squareRoot() + k * k)
        b = (Float(scale), Float(-2 * scale), Float(scale))
        a = (Float(2 * (k * k - 1) * scale), Float((1 - k * 2.0.squareRoot() + k * k) * scale))
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
        var (s1, s2) = (memory.s1, memory.s2)
        var i = start
        while i < samples.count {
            let x = samples[i]
            let y = b.0 * x + s1
            s1 = b.1 * x - a.0 * y + s2
            s2 = b.2 * x - a.1 * y
            samples[i] = y
            i += step
        }
        // A state that has decayed below what matters would otherwise end in denormals, which are slow.
        if s1.magnitude < Self.negligible && s2.magnitude < Self.negligible { (s1, s2) = (0, 0) }
        guard s1.isFinite && s2.isFinite else { return Memory() }
        return Memory(s1: s1, s2: s2)
    }
}
