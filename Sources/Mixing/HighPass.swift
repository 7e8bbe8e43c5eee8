internal import CSampleKernels
import Glibc
public import MediaCore

/// The stage `high-pass`: a Butterworth filter of second order, 12 dB per octave below the cut-off.
///
/// Takes out rumble, handling noise and DC. A silent frame costs nothing once the filter has rung out.
///
/// In the recursion `y[n] = w[n] - a1·y[n-1] - a2·y[n-2]` each sample waits for the one before. Put into itself often enough,
/// it gives a block of eight for the same wait. It runs in double precision: with poles so close to 1, single precision
/// would leave a noise of its own.
public struct HighPass: FrameFilter, ~Copyable {
    /// Below this the filter's memory counts as nothing: -140 dB.
    private static let negligible = 1e-7

    public var latency: Int { 0 }
    private let filter: parley_high_pass
    private var left = parley_high_pass_memory()
    private var right = parley_high_pass_memory()

    /// - Parameter cutoff: in Hz, where the gain is -3 dB; below half the sample rate.
    public init(cutoff: Double, format: AudioFormat) {
        // The bilinear transform of s² / (s² + √2 s + 1), with k = tan(π fc / fs).
        let k = tan(Double.pi * cutoff / Double(format.sampleRate))
        let scale = 1 / (1 + k * 2.0.squareRoot() + k * k)
        filter = parley_high_pass_make(
            scale, 2 * (k * k - 1) * scale, (1 - k * 2.0.squareRoot() + k * k) * scale)
    }

    public mutating func process(_ frame: inout PCMFrame) {
        if frame.isSilent && Self.isNegligible(left) && Self.isNegligible(right) { return reset() }
        let channels = frame.format.channels
        var samples = frame.mutableSamples
        Self.run(filter, &left, &samples, from: 0, by: channels)
        if channels == 2 { Self.run(filter, &right, &samples, from: 1, by: 2) }
    }

    public mutating func reset() { (left, right) = (parley_high_pass_memory(), parley_high_pass_memory()) }

    public var stateBytes: Int { 2 * MemoryLayout<parley_high_pass_memory>.size }

    public func save(into image: inout StateImage) {
        image.write(left)
        image.write(right)
    }

    public mutating func restore(from image: inout StateImage) {
        left = image.read()
        right = image.read()
    }

    private static func isNegligible(_ m: parley_high_pass_memory) -> Bool {
        max(m.x1.magnitude, m.x2.magnitude, m.y1.magnitude, m.y2.magnitude) < negligible
    }

    private static func run(
        _ filter: parley_high_pass, _ memory: inout parley_high_pass_memory, _ samples: inout MutableSpan<Float>,
        from start: Int, by step: Int
    ) {
        let count = samples.count / step
        unsafe withUnsafePointer(to: filter) { filter in
            unsafe samples.withUnsafeMutableBufferPointer { samples in
                guard let first = samples.baseAddress else { return }
                unsafe parley_high_pass_run(filter, &memory, first + start, Int32(count), Int32(step))
            }
        }
        // Forgets what has decayed, before it ends in denormals, which are slow, and what is no number, for good.
        if isNegligible(memory) || !(memory.y1 + memory.y2).isFinite { memory = parley_high_pass_memory() }
    }
}
