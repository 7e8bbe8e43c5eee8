import MediaCore

/// Noise like the sender's background, for when the sender sends nothing: as loud as the softest that was heard of late,
/// and as dull.
public struct ComfortNoise: Sendable {
    /// By how much the estimate rises in a second: 3 dB.
    private static let rise: Float = 2
    /// Below this the background is digital silence: -96 dBFS.
    private static let inaudible: Float = 2.5e-10
    /// Background that is louder is not believed to be background: -40 dBFS.
    private static let loudest: Float = 1e-4

    /// Mean square of the background.
    public private(set) var power: Float = 0
    private var colour: Float = 0
    private var seconds: Float = 0
    private var seed: UInt32 = 0x9E37_79B9
    private var last: Float = 0

    public init() {}

    /// Listens to decoded samples.
    /// - Parameter rate: samples per channel and second.
    public mutating func learn(_ samples: Span<Float>, channels: Int, rate: Int) {
        let count = samples.count / channels
        guard count > 1 else { return }
        let mean = SampleKernels.meanSquare(samples)
        let time = Float(count) / Float(rate)
        let isFirst = seconds == 0
        seconds += time
        if mean <= power || isFirst {
            power += (mean - power) * (isFirst ? 1 : min(time * 20, 1))
            colour = mean > 0 ? min(max(Self.correlation(samples, channels: channels), 0), 0.95) : 0
        } else {
            power = min(power * (1 + (Self.rise - 1) * time) + Self.inaudible * time, mean)
        }
    }

    /// Of the first channel's samples with those before them: 1 where the sound is dull, 0 where it is white.
    private static func correlation(_ samples: Span<Float>, channels: Int) -> Float {
        var (square, product) = (Float(0), Float(0))
        var before: Float = 0
        for i in 0..<(samples.count / channels) {
            let x = samples[i * channels]
            square += x * x
            product += x * before
            before = x
        }
        return square > 0 ? product / square : 0
    }

    /// Adds noise to samples, with a gain that runs in a straight line.
    public mutating func add(to samples: inout MutableSpan<Float>, channels: Int, from start: Float, to end: Float) {
        let level = min(power, Self.loudest)
        guard level > Self.inaudible else { return }
        // One pole: the power of its output is (1 - a)² / (1 - a²) of its input's, which is a third.
        let a = colour
        let scale = (3 * level * (1 - a * a)).squareRoot() / (1 - a)
        let count = samples.count / channels
        for i in 0..<count {
            seed = seed &* 1_664_525 &+ 1_013_904_223
            let white = Float(Int32(bitPattern: seed)) / 2_147_483_648
            last = a * last + (1 - a) * white
            let gain = start + (end - start) * (Float(i) / Float(count))
            for c in 0..<channels { samples[i * channels + c] += last * scale * gain }
        }
    }
}
