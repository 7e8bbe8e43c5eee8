import Foundation
import JitterBuffer
import MediaCore
import Testing

@Suite struct PitchExtrapolationTests {
    static let format = AudioFormat()

    /// A voice: harmonics of a pitch, from the time of sample `start` on.
    static func voice(_ pitch: Double, _ start: Int, _ count: Int) -> [Float] {
        (start..<(start + count)).map { n in
            let turn = 2 * Double.pi * pitch * Double(n) / 48_000
            return Float((1...6).reduce(0.0) { $0 + sin(turn * Double($1) + Double($1)) / Double($1) } * 0.1)
        }
    }

    static func append(_ samples: [Float], to stream: inout PlayoutStream) {
        var tail = stream.tail(samples.count)
        for i in samples.indices { tail[i] = samples[i] }
        stream.append(samples.count)
    }

    static func newest(_ count: Int, of stream: borrowing PlayoutStream) -> [Float] {
        let span = stream.newestSamples(count)
        return span.indices.map { span[$0] }
    }

    static func power(_ samples: some Collection<Float>) -> Double {
        samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
    }

    @Test(arguments: [80.0, 120, 200, 320]) func `a voice goes on at its pitch, a little softer`(pitch: Double) {
        var stream = PlayoutStream(format: Self.format)
        var extrapolation = PitchExtrapolation(format: Self.format)
        Self.append(Self.voice(pitch, 0, 2880), to: &stream)
        // What the decoder makes up is silence here: all that is heard is the pitch's.
        Self.append([Float](repeating: 0, count: 960), to: &stream)
        extrapolation.begin(stream, before: 960)
        #expect(extrapolation.isActive)
        extrapolation.fill(newest: 960, of: &stream)
        let filled = Self.newest(960, of: stream)[240...]
        let truth = Self.voice(pitch, 2880, 960)[240...]
        let product = zip(filled, truth).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        let alike = product / (Self.power(filled) * Self.power(truth)).squareRoot() / Double(truth.count)
        #expect(alike > 0.97, "\(alike)")
        let level = 10 * log10(Self.power(filled) / Self.power(truth))
        #expect(level < -2 && level > -5, "\(level) dB: four fifths of it, and fading")
    }

    @Test func `what comes after the gap takes over without a step`() {
        var stream = PlayoutStream(format: Self.format)
        var extrapolation = PitchExtrapolation(format: Self.format)
        Self.append(Self.voice(150, 0, 2880), to: &stream)
        Self.append([Float](repeating: 0, count: 960), to: &stream)
        extrapolation.begin(stream, before: 960)
        extrapolation.fill(newest: 960, of: &stream)
        // Out of phase with what was made up.
        let next = Self.voice(150, 3840 + 160, 960)
        Self.append(next, to: &stream)
        extrapolation.fadeOut(newest: 960, of: &stream)
        #expect(!extrapolation.isActive)
        let heard = Self.newest(960 + 48, of: stream)
        let steepest = zip(heard, heard.dropFirst()).map { ($0 - $1).magnitude }.max() ?? 1
        let own = zip(next, next.dropFirst()).map { ($0 - $1).magnitude }.max() ?? 0
        #expect(steepest < own * 1.5, "\(steepest) against \(own)")
        #expect(heard[(48 + 160)...].elementsEqual(next[160...]), "after the seam nothing is changed")
    }

    @Test(arguments: [1, 2, 3] as [UInt64]) func `where there is no pitch the decoder's own is left alone`(seed: UInt64)
    {
        var stream = PlayoutStream(format: Self.format)
        var extrapolation = PitchExtrapolation(format: Self.format)
        var random = Random(seed)
        Self.append((0..<2880).map { _ in Float(Int64(bitPattern: random.next()) >> 40) * 1e-8 }, to: &stream)
        Self.append([Float](repeating: 0.01, count: 960), to: &stream)
        extrapolation.begin(stream, before: 960)
        #expect(!extrapolation.isActive)
        // Nor where there was silence.
        var silent = PlayoutStream(format: Self.format)
        Self.append([Float](repeating: 0, count: 3840), to: &silent)
        extrapolation.begin(silent, before: 960)
        #expect(!extrapolation.isActive)
    }
}
