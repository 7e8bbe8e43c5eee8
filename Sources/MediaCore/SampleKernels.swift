internal import CSampleKernels

/// Loops over samples, each once per frame: no allocation, no branch per sample, vectorised by the compiler.
///
/// Reductions keep eight explicit accumulators, because floating-point addition may not be reordered for us.
public enum SampleKernels {
    /// Sum of squares.
    public static func energy(_ samples: Span<Float>) -> Float {
        var sums = SIMD8<Float>.zero
        let bytes = unsafe samples.bytes
        let blocks = samples.count / 8
        for block in 0..<blocks {
            let v = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: block * 32, as: SIMD8<Float>.self)
            sums += v * v
        }
        var sum = sums.sum()
        for i in (blocks * 8)..<samples.count { sum += samples[i] * samples[i] }
        return sum
    }

    /// Mean of squares; 0 for an empty span.
    public static func meanSquare(_ samples: Span<Float>) -> Float {
        samples.isEmpty ? 0 : energy(samples) / Float(samples.count)
    }

    /// Largest magnitude; 0 for an empty span. What is no number is larger than all that are.
    public static func peak(_ samples: Span<Float>) -> Float {
        unsafe samples.withUnsafeBufferPointer { samples in
            unsafe Float(bitPattern: parley_largest_magnitude(samples.baseAddress, Int32(samples.count)))
        }
    }

    /// `samples[i] *= gain`.
    public static func scale(_ samples: inout MutableSpan<Float>, by gain: Float) {
        for i in samples.indices { samples[i] *= gain }
    }

    /// `target[i] += source[i] * gain`; the counts must be equal.
    public static func accumulate(_ source: Span<Float>, gain: Float, into target: inout MutableSpan<Float>) {
        precondition(source.count == target.count)
        for i in source.indices { target[i] += source[i] * gain }
    }

    /// A gain that runs in a straight line from `start` towards `end`, one step per sample (all channels of a sample
    /// get the same gain), over the first `length` samples, and stays at `end` after them.
    public struct Ramp: Sendable {
        public var start: Float
        public var end: Float
        /// Samples per channel until `end` is reached; 0 means at once.
        public var length: Int

        public init(from start: Float, to end: Float, length: Int) {
            self.start = start
            self.end = end
            self.length = length
        }

        /// The gain at a sample.
        func gain(at sample: Int) -> Float {
            sample < length ? start + (end - start) * (Float(sample + 1) / Float(length)) : end
        }
    }

    /// Multiplies interleaved samples by a ramp.
    public static func apply(_ ramp: Ramp, to samples: inout MutableSpan<Float>, channels: Int) {
        let ramped = min(ramp.length, samples.count / channels)
        for sample in 0..<ramped {
            let gain = ramp.gain(at: sample)
            for channel in 0..<channels { samples[sample * channels + channel] *= gain }
        }
        guard ramp.end != 1 else { return }
        for i in (ramped * channels)..<samples.count { samples[i] *= ramp.end }
    }

    /// `target += source × ramp`; the counts must be equal.
    public static func accumulate(
        _ source: Span<Float>, _ ramp: Ramp, into target: inout MutableSpan<Float>, channels: Int
    ) {
        precondition(source.count == target.count)
        let ramped = min(ramp.length, source.count / channels)
        for sample in 0..<ramped {
            let gain = ramp.gain(at: sample)
            for channel in 0..<channels {
                target[sample * channels + channel] += source[sample * channels + channel] * gain
            }
        }
        for i in (ramped * channels)..<source.count { target[i] += source[i] * ramp.end }
    }

    /// `target += source × ramp` for interleaved stereo, with a ramp of its own for each side.
    public static func accumulateStereo(
        _ source: Span<Float>, left: Ramp, right: Ramp, into target: inout MutableSpan<Float>
    ) {
        precondition(source.count == target.count)
        for sample in 0..<(source.count / 2) {
            target[2 * sample] += source[2 * sample] * left.gain(at: sample)
            target[2 * sample + 1] += source[2 * sample + 1] * right.gain(at: sample)
        }
    }
}
