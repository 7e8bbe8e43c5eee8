public import MediaCore

/// Carries a voice over a gap: repeats its last pitch period, softer and softer, with a cross-fade from what was heard
/// before and into what is heard after.
///
/// Finds nothing where the sound has no pitch; there the decoder's own concealment does better, and is left alone.
public struct PitchExtrapolation {
    /// What the decoder's own concealment keeps of its part: it knows the spectrum, where the pitch is only nearly right.
    private static let share: Float = 0.8
    /// How alike two periods must be, 0...1.
    private static let similarity: Float = 0.5
    /// Of the level, in 20 ms: -2.6 dB.
    private static let decay: Float = 0.3

    /// The last period before the gap, interleaved; only the first `lag` samples per channel count.
    private var period: [Float]
    private var lag = 0
    /// Samples per channel since the gap began, and within the period that is being repeated.
    private var elapsed = 0
    private var place = 0
    /// At the start of that period.
    private var gain: Float = 1
    private let channels: Int
    private let rate: Int

    public init(format: AudioFormat) {
        channels = format.channels
        rate = format.sampleRate
        period = Array(repeating: 0, count: PlayoutStream.longestPeriod(rate) * format.channels)
    }

    /// Whether the voice is being carried over a gap.
    public var isActive: Bool { lag > 0 }

    /// Looks for the pitch of what was there before a gap.
    /// - Parameter count: the newest samples per channel, which already fill the gap.
    public mutating func begin(_ stream: borrowing PlayoutStream, before count: Int) {
        (elapsed, place, gain) = (0, 0, 1)
        lag = stream.pitchPeriod(before: count, similarity: Self.similarity) ?? 0
        for i in 0..<(lag * channels) { period[i] = stream.sample((count + lag) * channels - i) }
    }

    public mutating func end() { lag = 0 }

    /// Puts the voice in the place of what the decoder made up: the newest samples.
    public mutating func fill(newest count: Int, of stream: inout PlayoutStream) {
        var samples = stream.newest(count)
        let seam = rate / 400
        for i in 0..<(samples.count / channels) {
            let share = elapsed < seam ? Self.share * (Float(elapsed) + 0.5) / Float(seam) : Self.share
            blend(&samples, at: i, share)
        }
    }

    /// Fades from the voice that was carried over the gap to the newest samples, which follow it; the gap is over.
    public mutating func fadeOut(newest count: Int, of stream: inout PlayoutStream) {
        var samples = stream.newest(count)
        let seam = min(rate / 300, samples.count / channels)
        for i in 0..<seam { blend(&samples, at: i, Self.share * (1 - (Float(i) + 0.5) / Float(seam))) }
        end()
    }

    private mutating func blend(_ samples: inout MutableSpan<Float>, at i: Int, _ share: Float) {
        // Straight lines, one per period, stand for the exponential, which would be a library's call per sample.
        let level = gain * (1 - Self.decay * Float(place) / Float(rate / 50))
        for c in 0..<channels {
            let own = samples[i * channels + c]
            samples[i * channels + c] = own + (period[place * channels + c] * level - own) * share
        }
        elapsed += 1
        place += 1
        guard place == lag else { return }
        place = 0
        gain *= 1 - Self.decay * Float(lag) / Float(rate / 50)
    }
}

/// The pitch of what was decoded last.
extension PlayoutStream {
    /// 57 Hz.
    static func longestPeriod(_ rate: Int) -> Int { rate * 7 / 400 }

    /// A sample from the end, counted over all channels: 1 is the last.
    func sample(_ back: Int) -> Float { unsafe storage[tail * format.channels - back] }

    /// The period in samples after which the 10 ms before the newest samples are most like what was before them; nil if
    /// nothing is alike.
    func pitchPeriod(before count: Int, similarity: Float) -> Int? {
        let rate = format.sampleRate
        let window = rate / 100
        let (shortest, longest) = (rate / 400, Self.longestPeriod(rate))
        let end = tail - count
        guard end >= window + longest else { return nil }
        let coarse = max(rate / 12_000, 1)
        var (best, bestLag) = (-Float.infinity, 0)
        for lag in stride(from: shortest, through: longest, by: coarse) {
            let match = likeness((end - window)..<end, lag, step: coarse)
            if match > best { (best, bestLag) = (match, lag) }
        }
        guard best >= similarity else { return nil }
        let range = max(bestLag - coarse + 1, shortest)...min(bestLag + coarse - 1, longest)
        best = -.infinity
        for lag in range {
            let match = likeness((end - window)..<end, lag, step: 1)
            if match > best { (best, bestLag) = (match, lag) }
        }
        return bestLag
    }

    /// Normalised cross-correlation of samples of the first channel with those a lag before, -1...1.
    private func likeness(_ window: Range<Int>, _ lag: Int, step: Int) -> Float {
        let channels = format.channels
        var (product, here, there) = (Float(0), Float(0), Float(0))
        for i in stride(from: window.lowerBound, to: window.upperBound, by: step) {
            let a = unsafe storage[i * channels]
            let b = unsafe storage[(i - lag) * channels]
            product += a * b
            here += a * a
            there += b * b
        }
        return product / ((here * there).squareRoot() + 1e-9)
    }
}
