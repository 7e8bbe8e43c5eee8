import MediaCore
import OpusCodec
import Testing

@Suite struct OpusRoundTripTests {
    /// A 440 Hz tone of one frame, continued from frame to frame.
    static func tone(_ frame: inout PCMFrame, index: Int, amplitude: Float = 0.5) {
        let format = frame.format
        var samples = frame.mutableSamples
        for i in 0..<format.samplesPerFrame {
            let phase = Double(index * format.samplesPerFrame + i) * 440 / Double(format.sampleRate)
            for channel in 0..<format.channels {
                samples[i * format.channels + channel] = amplitude * sine(phase)
            }
        }
    }

    static func sine(_ turns: Double) -> Float {
        // Bhaskara's approximation would do for a test tone, but a Taylor series on a quarter is as short and exact.
        var x = turns - turns.rounded(.down)
        let sign: Double = x < 0.5 ? 1 : -1
        if x >= 0.5 { x -= 0.5 }
        if x > 0.25 { x = 0.5 - x }
        let a = x * 2 * Double.pi
        let a2 = a * a
        return Float(sign * a * (1 - a2 / 6 * (1 - a2 / 20 * (1 - a2 / 42 * (1 - a2 / 72)))))
    }

    @Test(arguments: [120, 240, 480, 960, 1920, 2880], [1, 2])
    func `every frame size comes back with its length and its tone`(samples: Int, channels: Int) throws {
        let format = AudioFormat(channels: channels, samplesPerFrame: samples)
        var encoder = try OpusEncoder(format: format)
        var decoder = try OpusDecoder(format: format)
        var frame = PCMFrame(format: format)
        var payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var output = [Float](repeating: 0, count: decoder.maximumSamplesPerPacket * channels)
        var energy: Float = 0
        for i in 0..<(48_000 / samples) {
            Self.tone(&frame, index: i)
            var span = payload.mutableSpan
            let length = encoder.encode(frame, into: &span)
            #expect(length > 0)
            let packet = payload.span.extracting(first: length)
            #expect(decoder.sampleCount(of: packet) == samples)
            var out = output.mutableSpan
            #expect(decoder.decode(packet, into: &out) == samples)
            energy = SampleKernels.meanSquare(output.span.extracting(first: samples * channels))
        }
        #expect(abs(energy - 0.125) < 0.02, "the tone's mean square is 0.5² / 2")
    }

    @Test func `a corrupt packet is refused and the decoder goes on`() throws {
        let format = AudioFormat()
        var decoder = try OpusDecoder(format: format)
        var output = [Float](repeating: 0, count: decoder.maximumSamplesPerPacket)
        // Code 3 with a frame count of 0 is malformed (RFC 6716 §3.2.5).
        let malformed: [UInt8] = [0xFB, 0x00]
        var out = output.mutableSpan
        #expect(decoder.decode(malformed.span, into: &out) == nil)
        let silent: [UInt8] = [0xF8, 0xFF, 0xFE]
        var again = output.mutableSpan
        #expect(decoder.decode(silent.span, into: &again) == 960)
    }

    @Test func `in-band redundancy restores the frame before a packet`() throws {
        let format = AudioFormat()
        var configuration = OpusEncoder.Configuration()
        (configuration.mode, configuration.bitrate, configuration.usesInBandFEC) = (.voip, 24_000, true)
        (configuration.expectedLoss, configuration.signal) = (30, .voice)
        var encoder = try OpusEncoder(format: format, configuration)
        var plain = try OpusDecoder(format: format)
        var lossy = try OpusDecoder(format: format)
        var concealing = try OpusDecoder(format: format, .init(usesInBandFEC: false))
        var frame = PCMFrame(format: format)
        var packets: [[UInt8]] = []
        for i in 0..<40 {
            Self.tone(&frame, index: i, amplitude: i % 10 < 7 ? 0.4 : 0.1)
            packets.append(encoder.encoded(frame))
        }
        var (truth, restored, concealed) = ([Float](), [Float](), [Float]())
        for i in 0...30 {
            truth = plain.decoded(packets[i])
            if i < 30 {
                _ = lossy.decoded(packets[i])
                _ = concealing.decoded(packets[i])
            } else {
                restored = lossy.concealed(960, before: packets[31])
                concealed = concealing.concealed(960, before: packets[31])
            }
        }
        #expect(restored.count == 960)
        #expect(distance(truth, restored) < 0.5 * distance(truth, concealed))
    }

    @Test func `an encoder that goes on from another gives the same bytes`() throws {
        let format = AudioFormat()
        var original = try OpusEncoder(format: format)
        var copy = try OpusEncoder(format: format)
        var image = StateImage(capacity: copy.stateBytes)
        var frame = PCMFrame(format: format)
        for i in 0..<60 {
            Self.tone(&frame, index: i)
            if i == 30 { copy.fork(from: original, through: &image) }
            let packet = original.encoded(frame)
            if i >= 30 { #expect(copy.encoded(frame) == packet) }
        }
    }

    private func distance(_ a: [Float], _ b: [Float]) -> Float {
        zip(a, b).prefix(960).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    }
}

extension OpusEncoder {
    mutating func encoded(_ frame: borrowing PCMFrame) -> [UInt8] {
        var payload = [UInt8](repeating: 0, count: maximumPayloadBytes)
        var span = payload.mutableSpan
        let length = encode(frame, into: &span)
        return Array(payload[..<length])
    }
}

extension OpusDecoder {
    /// The decoded samples of a mono packet; empty if it is refused.
    mutating func decoded(_ packet: [UInt8]) -> [Float] {
        var samples = [Float](repeating: 0, count: maximumSamplesPerPacket)
        var span = samples.mutableSpan
        let count = decode(packet.span, into: &span) ?? 0
        return Array(samples[..<count])
    }

    mutating func concealed(_ count: Int, before next: [UInt8]) -> [Float] {
        var samples = [Float](repeating: 0, count: maximumSamplesPerPacket)
        var span = samples.mutableSpan
        _ = conceal(count, before: next.span, distance: count, into: &span)
        return Array(samples[..<count])
    }
}
