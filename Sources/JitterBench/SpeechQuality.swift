import Glibc

/// How near what was heard is to what would have been heard over a perfect network, frame by frame, each frame at the
/// delay at which it fits best: the built-in measures. They do not know what ears know; PESQ and STOI do.
public struct SpeechQuality: Sendable, Hashable {
    /// Mean of the frames' signal-to-noise ratios, each held to -10...35 dB, over frames with speech; in dB.
    public var segmentalSNR = 0.0
    /// Mean distance of the frames' log spectra, in dB.
    public var logSpectralDistance = 0.0
    /// Frames with speech.
    public var frames = 0

    /// 20 ms at 48 kHz.
    private static let frame = 960
    /// How far the delay may be from that of the last frame that fitted: 40 ms, and as much for every frame since.
    private static let search = 1920
    private static let longestSearch = 9600
    /// A correlation from here on is the same sound, not a repaired one.
    private static let fit: Float = 0.8
    /// A jitter buffer adds at most so much: 1 s.
    private static let longestDelay = 48_000
    /// Frames below -50 dBFS hold no speech.
    private static let silence: Float = 1e-5

    public init() {}

    /// - Parameters:
    ///   - reference: what should be heard, one channel at 48 kHz.
    ///   - heard: the same, later, and worse.
    public init(reference: [Float], heard: [Float]) {
        guard heard.count > Self.frame, reference.count > Self.frame else { return }
        var spectrum = Spectrum()
        var delay = Self.firstDelay(reference, heard)
        var reach = Self.search
        var (snr, distance) = (0.0, 0.0)
        for start in stride(from: 0, to: reference.count - Self.frame, by: Self.frame) {
            let power = Self.power(reference, start)
            guard power > Self.silence else { continue }
            let best = Self.bestDelay(reference, heard, start, around: delay, reach)
            if best.fit >= Self.fit {
                (delay, reach) = (best.delay, Self.search)
            } else {
                reach = min(reach + Self.search, Self.longestSearch)
            }
            guard start + delay >= 0, start + delay + Self.frame <= heard.count else { continue }
            snr += Self.snr(reference, heard, start, start + delay)
            distance += spectrum.distance(reference, start, heard, start + delay)
            frames += 1
        }
        guard frames > 0 else { return }
        segmentalSNR = snr / Double(frames)
        logSpectralDistance = distance / Double(frames)
    }

    private static func power(_ samples: [Float], _ start: Int) -> Float {
        var sum: Float = 0
        for i in start..<(start + frame) { sum += samples[i] * samples[i] }
        return sum / Float(frame)
    }

    /// Where the first two seconds of speech are found again.
    private static func firstDelay(_ reference: [Float], _ heard: [Float]) -> Int {
        var start = 0
        while start + 2 * frame < reference.count, power(reference, start) < silence * 100 { start += frame }
        var best = (value: -Float.infinity, delay: 0)
        for delay in stride(from: 0, to: longestDelay, by: 8) {
            let value = similarity(reference, heard, start, start + delay, count: 96_000, step: 24)
            if value > best.value { best = (value, delay) }
        }
        return best.delay
    }

    /// - Parameter reach: how far the delay may be from `delay`, in samples.
    private static func bestDelay(
        _ reference: [Float], _ heard: [Float], _ start: Int, around delay: Int, _ reach: Int
    ) -> (fit: Float, delay: Int) {
        var best = (fit: similarity(reference, heard, start, start + delay, count: frame, step: 4), delay: delay)
        guard best.fit < 0.95 else { return best }
        for candidate in stride(from: delay - reach, through: delay + reach, by: 8) {
            let fit = similarity(reference, heard, start, start + candidate, count: frame, step: 8)
            if fit > best.fit + 0.04 { best = (fit, candidate) }
        }
        for candidate in (best.delay - 8)...(best.delay + 8) {
            let fit = similarity(reference, heard, start, start + candidate, count: frame, step: 4)
            if fit > best.fit { best = (fit, candidate) }
        }
        return best
    }

    /// Normalised correlation; -1 where there is nothing to compare.
    private static func similarity(
        _ a: [Float], _ b: [Float], _ startA: Int, _ startB: Int, count: Int, step: Int
    ) -> Float {
        let count = min(count, a.count - startA, b.count - startB)
        guard startB >= 0, count >= frame else { return -1 }
        var (product, powerA, powerB) = (Float(0), Float(1e-9), Float(1e-9))
        for i in stride(from: 0, to: count, by: step) {
            let (x, y) = (a[startA + i], b[startB + i])
            product += x * y
            powerA += x * x
            powerB += y * y
        }
        return product / (powerA * powerB).squareRoot()
    }

    private static func snr(_ a: [Float], _ b: [Float], _ startA: Int, _ startB: Int) -> Double {
        var (signal, noise) = (Float(1e-9), Float(1e-9))
        for i in 0..<frame {
            let difference = a[startA + i] - b[startB + i]
            signal += a[startA + i] * a[startA + i]
            noise += difference * difference
        }
        return min(max(10 * log10(Double(signal / noise)), -10), 35)
    }
}

/// A power spectrum of 1024 samples, Hann-windowed: radix 2, in place.
struct Spectrum {
    private static let size = 1024

    private var real = [Float](repeating: 0, count: size)
    private var imaginary = [Float](repeating: 0, count: size)

    /// Root mean square of the difference of two log spectra, 100 Hz to 8 kHz, in dB.
    mutating func distance(_ a: [Float], _ startA: Int, _ b: [Float], _ startB: Int) -> Double {
        let first = levels(a, startA)
        let second = levels(b, startB)
        var sum: Float = 0
        let bins = 2..<171
        for bin in bins { sum += (first[bin] - second[bin]) * (first[bin] - second[bin]) }
        return Double((sum / Float(bins.count)).squareRoot())
    }

    private mutating func levels(_ samples: [Float], _ start: Int) -> [Float] {
        for i in 0..<Self.size {
            let sample = start + i < samples.count ? samples[start + i] : 0
            real[i] = sample * (0.5 - 0.5 * cosf(2 * .pi * Float(i) / Float(Self.size)))
            imaginary[i] = 0
        }
        transform()
        return (0..<200).map { 10 * log10f(real[$0] * real[$0] + imaginary[$0] * imaginary[$0] + 1e-6) }
    }

    private mutating func transform() {
        var reversed = 0
        for i in 1..<Self.size {
            var bit = Self.size >> 1
            while reversed & bit != 0 {
                reversed ^= bit
                bit >>= 1
            }
            reversed |= bit
            if i < reversed {
                real.swapAt(i, reversed)
                imaginary.swapAt(i, reversed)
            }
        }
        var length = 2
        while length <= Self.size {
            for k in 0..<(length / 2) {
                let angle = -2 * Float.pi * Float(k) / Float(length)
                let (c, s) = (cosf(angle), sinf(angle))
                for i in stride(from: k, to: Self.size, by: length) {
                    let j = i + length / 2
                    let re = real[j] * c - imaginary[j] * s
                    let im = real[j] * s + imaginary[j] * c
                    (real[j], imaginary[j]) = (real[i] - re, imaginary[i] - im)
                    (real[i], imaginary[i]) = (real[i] + re, imaginary[i] + im)
                }
            }
            length *= 2
        }
    }
}
