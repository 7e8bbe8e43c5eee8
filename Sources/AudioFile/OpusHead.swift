/// The identification header of an Ogg Opus stream (RFC 7845 §5.1).
public struct OpusHead: Sendable, Hashable {
    /// 1 or 2.
    public var channels: Int
    /// Samples at 48 kHz that the decoder gives before the first that is to be heard.
    public var preSkip: Int
    /// Of the recording before encoding, in Hz; it does not bind the decoder. 0 if not said.
    public var inputSampleRate: Int
    /// To be applied to what is decoded: decibels in 1/256.
    public var outputGain: Int

    /// Reads a header packet.
    /// - Throws: a text that says what is wrong, without the file's name.
    static func parse(_ packet: Span<UInt8>) throws(OpusHeadProblem) -> OpusHead {
        guard packet.count >= 19, isOpusHead(packet) else { throw .malformed("its Opus header is damaged") }
        guard packet[8] & 0xF0 == 0 else { throw .unsupported("it is of version \(packet[8]) of Ogg Opus") }
        func word(_ offset: Int) -> Int { Int(packet[offset]) | Int(packet[offset + 1]) << 8 }
        let channels = Int(packet[9])
        let family = packet[18]
        guard channels > 0 else { throw .malformed("its Opus header says 0 channels") }
        guard channels <= 2 else {
            throw .unsupported(
                "it has \(channels) channels; mix it down first: ffmpeg -i IN -ac 2 -c:a libopus OUT.opus")
        }
        guard family == 0 || family == 1 else { throw .unsupported("its channel mapping family is \(family)") }
        if family == 1 {
            let table = 21 + channels
            guard packet.count >= table else { throw .malformed("its Opus header is cut off") }
            guard packet[19] == 1 else { throw .unsupported("it holds \(packet[19]) Opus streams in one") }
        }
        let gain = Int(Int16(truncatingIfNeeded: word(16)))
        return OpusHead(
            channels: channels, preSkip: word(10), inputSampleRate: word(12) | word(14) << 16, outputGain: gain)
    }

    static func isOpusHead(_ packet: Span<UInt8>) -> Bool {
        let magic: StaticString = "OpusHead"
        guard packet.count >= magic.utf8CodeUnitCount else { return false }
        for i in 0..<magic.utf8CodeUnitCount where unsafe packet[i] != magic.utf8Start[i] { return false }
        return true
    }

    /// A header packet for a stream (RFC 7845 §5.1, mapping family 0).
    var packet: [UInt8] {
        var bytes = Array("OpusHead".utf8) + [1, UInt8(channels)]
        bytes += [UInt8(preSkip & 255), UInt8(preSkip >> 8 & 255)]
        for shift in [0, 8, 16, 24] { bytes.append(UInt8(inputSampleRate >> shift & 255)) }
        bytes += [UInt8(outputGain & 255), UInt8(outputGain >> 8 & 255), 0]
        return bytes
    }
}

enum OpusHeadProblem: Error {
    case malformed(String)
    case unsupported(String)
}

/// The duration of an Opus packet by its first bytes, in samples at 48 kHz (RFC 6716 §3.1 and §3.2).
enum OpusPacketDuration {
    /// nil if the packet is malformed: empty, without its count byte, or longer than 120 ms.
    static func of(_ packet: Span<UInt8>) -> Int? {
        guard !packet.isEmpty else { return nil }
        let frame = frameSamples(configuration: packet[0] >> 3)
        let frames: Int
        switch packet[0] & 3 {
        case 0: frames = 1
        case 1, 2: frames = 2
        default:
            guard packet.count > 1 else { return nil }
            frames = Int(packet[1] & 0x3F)
        }
        let samples = frames * frame
        return samples > 0 && samples <= 5760 ? samples : nil
    }

    /// RFC 6716 table 2.
    private static func frameSamples(configuration: UInt8) -> Int {
        switch configuration {
        case 0..<12: [480, 960, 1920, 2880][Int(configuration & 3)]
        case 12..<16: configuration & 1 == 0 ? 480 : 960
        default: 120 << Int(configuration & 3)
        }
    }
}
