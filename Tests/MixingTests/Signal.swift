import Foundation
import MediaCore

/// Test signals and the measures taken of them.
enum Signal {
    static func tone(
        _ frequency: Double, seconds: Double, amplitude: Float, phase: Double = 0, rate: Double = 48_000
    ) -> [Float] {
        (0..<Int(seconds * rate)).map { amplitude * Float(sin(2 * .pi * (frequency * Double($0) / rate + phase))) }
    }

    static func noise(seconds: Double, amplitude: Float, seed: UInt64) -> [Float] {
        var state = seed
        return (0..<Int(seconds * 48_000)).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return amplitude * (Float(state >> 40) / Float(1 << 23) - 1)
        }
    }

    /// Something with the crest and the pitch of a voice at full scale: a glottal pulse train with a wandering pitch,
    /// three formants, syllables.
    static func voice(seconds: Double, seed: UInt64) -> [Float] {
        let pitch = 90.0 + Double(seed % 7) * 23
        var phase = 0.0
        var y1 = [0.0, 0.0, 0.0]
        var y2 = [0.0, 0.0, 0.0]
        let formants = [520.0 + Double(seed) * 31, 1480.0 + Double(seed) * 57, 2550.0]
        var samples = (0..<Int(seconds * 48_000)).map { i -> Float in
            let time = Double(i) / 48_000
            let before = phase
            phase += pitch * (1 + 0.1 * sin(2 * .pi * 3.1 * time + Double(seed))) / 48_000
            let pulse = phase.rounded(.down) > before.rounded(.down) ? 1.0 : 0.0
            let syllable = max(0, sin(2 * .pi * 2.3 * time + Double(seed) * 0.9))
            var sum = 0.0
            for f in 0..<3 {
                let r = 0.994
                let y = pulse * syllable + 2 * r * cos(2 * .pi * formants[f] / 48_000) * y1[f] - r * r * y2[f]
                (y1[f], y2[f]) = (y, y1[f])
                sum += y
            }
            return Float(sum)
        }
        let peak = samples.map(\.magnitude).max() ?? 1
        for i in samples.indices { samples[i] /= peak }
        return samples
    }

    static func sum(_ signals: [[Float]]) -> [Float] {
        var total = signals.first ?? []
        for signal in signals.dropFirst() { for i in total.indices { total[i] += signal[i] } }
        return total
    }

    /// Feeds interleaved samples to a filter, frame by frame; a rest that fills no frame is left out.
    static func process(_ input: [Float], format: AudioFormat, _ body: (inout PCMFrame) -> Void) -> [Float] {
        var frame = PCMFrame(format: format)
        var output: [Float] = []
        output.reserveCapacity(input.count)
        for start in stride(from: 0, through: input.count - format.valuesPerFrame, by: format.valuesPerFrame) {
            frame.load(input.span.extracting(start..<(start + format.valuesPerFrame)))
            body(&frame)
            let samples = frame.samples
            for i in samples.indices { output.append(samples[i]) }
        }
        return output
    }

    /// The highest magnitude at four times the rate by the interpolator of ITU-R BS.1770-4, annex 2.
    static func truePeakBS1770(_ samples: [Float]) -> Float {
        let first: [Float] = [
            0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875, 0.1373291015625,
            0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500,
        ]
        let second: [Float] = [
            -0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250,
            0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375,
        ]
        let padded = [Float](repeating: 0, count: 12) + samples + [Float](repeating: 0, count: 12)
        var peak: Float = 0
        for kernel in [first, second, second.reversed(), first.reversed()] {
            for i in 0..<(samples.count + 12) {
                var value: Float = 0
                for tap in 0..<12 { value += padded[i + tap] * kernel[tap] }
                peak = max(peak, value.magnitude)
            }
        }
        return peak
    }

    /// The highest magnitude at four times the rate: a Hann-windowed sinc of 64 samples on either side, which shares
    /// nothing with the limiter's own.
    static func truePeak(_ samples: [Float]) -> Float {
        let reach = 64
        var kernels: [[Float]] = []
        for phase in 1..<4 {
            var kernel: [Double] = []
            for tap in (1 - reach)...reach {
                let x = Double(tap) - Double(phase) / 4
                let window = 0.5 + 0.5 * cos(.pi * x / (Double(reach) + 1))
                kernel.append(sin(.pi * x) / (.pi * x) * window)
            }
            let sum = kernel.reduce(0, +)
            kernels.append(kernel.map { Float($0 / sum) })
        }
        let padded = [Float](repeating: 0, count: reach) + samples + [Float](repeating: 0, count: reach)
        var peak = samples.map(\.magnitude).max() ?? 0
        let values = padded.span
        for kernel in kernels {
            let taps = kernel.span
            for i in samples.indices where values[i + reach].magnitude > peak * 0.5 {
                // Only what is close to the highest sample can be above it.
                var value: Float = 0
                for tap in 0..<(2 * reach) { value += values[i + tap + 1] * taps[tap] }
                peak = max(peak, value.magnitude)
            }
        }
        return peak
    }

    /// Everything but a tone, against the tone, in dB: the best-fitting sine is taken away.
    static func distortion(_ samples: [Float], frequency: Double) -> Double {
        var (a, b, energy) = (0.0, 0.0, 0.0)
        for (i, sample) in samples.enumerated() {
            let angle = 2 * .pi * frequency * Double(i) / 48_000
            a += Double(sample) * sin(angle)
            b += Double(sample) * cos(angle)
            energy += Double(sample) * Double(sample)
        }
        let tone = 2 * (a * a + b * b) / Double(samples.count)
        return 10 * log10(max(energy - tone, 1e-20) / tone)
    }

    static func largestStep(_ samples: [Float]) -> Float {
        zip(samples, samples.dropFirst()).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
    }
}
