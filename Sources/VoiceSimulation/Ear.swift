import Glibc
import MediaCore
import OpusCodec

/// Decodes what one listener is sent, and tells voices by their pitch.
final class Ear {
    /// Amplitude from which on a voice counts as heard, and below which as not heard though it should be.
    static let audible = 0.02
    static let present = 0.01
    private static let rate = 8_000
    private static let frameSamples = 160
    private static let windowFrames = 25

    /// Half a second of what was heard.
    struct Window {
        var start: Int64
        fileprivate var samples: [Float]

        /// Of a voice's tone in all of the window.
        func amplitude(of voice: Int) -> Double { Self.amplitude(voice, samples[...], Ear.longWindow) }

        /// The greatest in a tenth of a second: where the jitter buffer shortens or repeats, a tone does not go on as it was.
        func peak(of voice: Int) -> Double {
            let length = Ear.shortWindow.count
            return stride(from: 0, to: samples.count, by: length).reduce(0) {
                max($0, Self.amplitude(voice, samples[$1..<($1 + length)], Ear.shortWindow))
            }
        }

        /// Goertzel's algorithm under a Hann window.
        private static func amplitude(_ voice: Int, _ part: ArraySlice<Float>, _ window: [Double]) -> Double {
            let coefficient = 2 * cos(2 * Double.pi * VoiceLoops.frequency(voice) / Double(Ear.rate))
            var (one, two) = (0.0, 0.0)
            for (sample, weight) in zip(part, window) {
                let next = Double(sample) * weight + coefficient * one - two
                two = one
                one = next
            }
            let power = one * one + two * two - coefficient * one * two
            // The window takes half of the amplitude.
            return 4 * max(power, 0).squareRoot() / Double(window.count)
        }
    }

    private static let longWindow = hann(windowFrames * frameSamples)
    private static let shortWindow = hann(windowFrames * frameSamples / 5)

    private static func hann(_ count: Int) -> [Double] {
        (0..<count).map { 0.5 - 0.5 * cos(2 * .pi * (Double($0) + 0.5) / Double(count)) }
    }

    private var decoder: OpusDecoder
    private var samples: [Float] = []
    private var scratch: [Float]
    private var start: Int64 = 0
    private var last: Int64 = .min

    init?(_ member: WitnessedMember) {
        let format = AudioFormat(sampleRate: Self.rate, channels: 1, samplesPerFrame: Self.frameSamples)
        guard let decoder = try? OpusDecoder(format: format) else { return nil }
        scratch = Array(repeating: 0, count: decoder.maximumSamplesPerPacket)
        self.decoder = decoder
        samples.reserveCapacity(Self.windowFrames * Self.frameSamples)
    }

    /// - Returns: what was heard in the last half second, whenever one is full.
    func hear(_ payload: Span<UInt8>, at now: Int64) -> Window? {
        // After a pause the window begins anew.
        if samples.isEmpty || now - last > 20 * .millisecond {
            samples.removeAll(keepingCapacity: true)
            start = now
        }
        last = now
        var output = scratch.mutableSpan
        guard let count = decoder.decode(payload, into: &output) else { return nil }
        samples += scratch[..<count]
        guard samples.count >= Self.windowFrames * Self.frameSamples else { return nil }
        defer { samples.removeAll(keepingCapacity: true) }
        return Window(start: start, samples: Array(samples[..<(Self.windowFrames * Self.frameSamples)]))
    }
}
