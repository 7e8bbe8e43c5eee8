import MediaCore

/// What the detector looks at in a block of some 10 ms: mean squares of the samples and of two differences.
///
/// The difference to a sample 1/6000 s before passes 300 to 5500 Hz, where voices are, and hardly hum or rumble. The
/// difference to the neighbour weighs with frequency, so that an `s` shows however soft it is. Both are a subtraction per
/// sample, and vectorise, where a filter bank or a Fourier transform would cost twenty times as much.
struct BlockFeatures: Sendable {
    var level: Float = 0
    var voiceBand: Float = 0
    var sibilance: Float = 0

    /// Samples per channel of the longer difference.
    static func lag(sampleRate: Int) -> Int { max((sampleRate + 3000) / 6000, 1) }

    init() {}

    /// - Parameters:
    ///   - samples: interleaved; `lag` samples per channel before `start` are looked at, too.
    ///   - start: index of the first value of the block.
    ///   - count: values in the block.
    init(_ samples: Span<Float>, from start: Int, count: Int, channels: Int, lag: Int) {
        precondition(start >= lag * channels && start + count <= samples.count)
        var sums = (SIMD8<Float>.zero, SIMD8<Float>.zero, SIMD8<Float>.zero)
        let bytes = unsafe samples.bytes
        let blocks = count / 8
        for block in 0..<blocks {
            let offset = (start + block * 8) * 4
            let now = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
            let before = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset - channels * 4, as: SIMD8<Float>.self)
            let earlier = unsafe bytes.unsafeLoadUnaligned(
                fromByteOffset: offset - lag * channels * 4, as: SIMD8<Float>.self)
            let (near, far) = (now - before, now - earlier)
            sums.0 += now * now
            sums.1 += far * far
            sums.2 += near * near
        }
        var (level, voiceBand, sibilance) = (sums.0.sum(), sums.1.sum(), sums.2.sum())
        for i in (start + blocks * 8)..<(start + count) {
            let (now, near, far) = (
                samples[i], samples[i] - samples[i - channels], samples[i] - samples[i - lag * channels]
            )
            level += now * now
            voiceBand += far * far
            sibilance += near * near
        }
        let scale = 1 / Float(count)
        (self.level, self.voiceBand, self.sibilance) = (level * scale, voiceBand * scale, sibilance * scale)
    }
}
