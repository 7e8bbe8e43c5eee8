import Foundation
import JitterBuffer
import MediaCore
import Testing

@Suite struct PlayoutStreamTests {
    static let format = AudioFormat()

    /// A stream that holds `count` samples of a tone.
    static func stream(_ count: Int, frequency: Double = 220, format: AudioFormat = format) -> PlayoutStream {
        var stream = PlayoutStream(format: format)
        append(&stream, 0..<count, frequency)
        return stream
    }

    static func append(_ stream: inout PlayoutStream, _ range: Range<Int>, _ frequency: Double) {
        let channels = stream.format.channels
        var tail = stream.tail(range.count)
        for (i, n) in range.enumerated() {
            let value = Float(0.5 * sin(2 * .pi * frequency * Double(n) / 48_000))
            for c in 0..<channels { tail[i * channels + c] = c == 0 ? value : -value }
        }
        stream.append(range.count)
    }

    static func read(_ stream: inout PlayoutStream, drift: Double = 0) -> [Float] {
        var frame = PCMFrame(format: stream.format)
        stream.read(into: &frame, drift: drift)
        return frame.samples.indices.map { frame.samples[$0] }
    }

    @Test func `without a change of pace samples pass unchanged, 16 later`() {
        var stream = Self.stream(4800)
        let heard = (0..<5).flatMap { _ in Self.read(&stream) }
        #expect(heard[..<16].allSatisfy { $0 == 0 })
        for i in 16..<4800 { #expect(heard[i] == Float(0.5 * sin(2 * .pi * 220 * Double(i - 16) / 48_000))) }
    }

    @Test(arguments: [80.0, 110, 220, 397], [true, false])
    func `taking out or repeating a period of a tone is not heard`(frequency: Double, isShorter: Bool) {
        var stream = Self.stream(5760, frequency: frequency)
        var heard = Self.read(&stream) + Self.read(&stream)
        let before = stream.available
        let changed = isShorter ? stream.shorten(similarity: 0.7) : stream.lengthen(similarity: 0.7)
        #expect(changed >= 120 && changed <= 720)
        #expect(stream.available == before + (isShorter ? -changed : changed))
        while stream.available >= 960 { heard += Self.read(&stream) }
        // A whole number of periods, to within a sample: neither steps nor bends beyond the tone's own.
        let periods = Double(changed) * frequency / 48_000
        #expect((periods - periods.rounded()).magnitude < 0.03, "\(changed) samples are \(periods) periods")
        let step = Float(0.5 * 2 * .pi * frequency / 48_000) * 1.2
        for i in 17..<heard.count { #expect((heard[i] - heard[i - 1]).magnitude <= step, "at \(i)") }
    }

    @Test func `noise is not like itself, so it is left alone; silence may go in any length`() {
        var stream = PlayoutStream(format: Self.format)
        var seed: UInt32 = 1
        var tail = stream.tail(5760)
        for i in tail.indices {
            seed = seed &* 1_664_525 &+ 1_013_904_223
            tail[i] = Float(Int32(bitPattern: seed)) * 1e-10
        }
        stream.append(5760)
        #expect(stream.shorten(similarity: 0.7) == 0)
        var silence = PlayoutStream(format: Self.format)
        silence.append(5760)
        #expect(silence.shorten(similarity: 0.7) == 720)
    }

    @Test(arguments: [1, 2], [200e-6, -200e-6, 500e-6, -500e-6])
    func `a drifting clock is followed without a step, to a tenth of a cent`(channels: Int, drift: Double) {
        let format = AudioFormat(channels: channels)
        var stream = PlayoutStream(format: format)
        var (sent, heard): (Int, [Float]) = (0, [])
        while heard.count < 96_000 {
            while stream.available < stream.needed(drift: drift) {
                Self.append(&stream, sent..<(sent + 960), 1000)
                sent += 960
            }
            let frame = Self.read(&stream, drift: drift)
            heard += stride(from: 0, to: frame.count, by: channels).map { frame[$0] }
        }
        // Against the tone that should be heard, from the phase of the first second.
        var worst = 0.0
        for i in 1000..<96_000 {
            let expected = 0.5 * sin(2 * .pi * 1000 * (Double(i) * (1 + drift) - 16) / 48_000)
            worst = max(worst, (Double(heard[i]) - expected).magnitude)
        }
        #expect(worst < 2e-4, "\(worst): 68 dB below the tone")
    }
}
