internal import COpus

/// What the header of an Opus packet says (RFC 6716 §3), without decoding it.
public enum OpusPacket {
    /// The longest packet there may be, in samples per channel at 48 kHz: 120 ms (RFC 6716 §3.2.5).
    public static let maximumSamples = 5760
    /// The longest frame (RFC 6716 §3.2.1) times three is more than any encoder here writes in one packet.
    public static let maximumEncodedBytes = 1275 * 3

    /// How the packet's frames are coded.
    public enum Mode: Sendable, Hashable {
        case silk, hybrid, celt
    }

    /// The mode by the TOC byte's configuration number (RFC 6716 table 2).
    public static func mode(tableOfContents: UInt8) -> Mode {
        switch tableOfContents >> 3 {
        case 0..<12: .silk
        case 12..<16: .hybrid
        default: .celt
        }
    }

    /// Samples per channel at a rate; nil if the packet is malformed or longer than 120 ms.
    public static func sampleCount(of payload: Span<UInt8>, sampleRate: Int) -> Int? {
        guard !payload.isEmpty else { return nil }
        let count = unsafe payload.withUnsafeBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return Int32(0) }
            return unsafe opus_packet_get_nb_samples(start, opus_int32(bytes.count), opus_int32(sampleRate))
        }
        return count > 0 ? Int(count) : nil
    }

    /// Whether the packet says itself that it is silent: every frame is a DTX frame (at most one byte, RFC 6716
    /// §3.1) or a CELT frame with the silence flag and nothing after it (`FF FE`).
    ///
    /// A malformed packet is not silent: the decoder shall see it and count it.
    public static func isSilent(_ payload: Span<UInt8>) -> Bool {
        guard !payload.isEmpty else { return false }
        let isCELT = mode(tableOfContents: payload[0]) == .celt
        guard payload[0] & 0b11 != 0 else {
            return payload.count <= 2 || (isCELT && payload.count == 3 && payload[1] == 0xFF && payload[2] == 0xFE)
        }
        guard payload.count <= maximumSilentBytes else { return false }
        return unsafe payload.withUnsafeBufferPointer { unsafe everyFrameIsSilent($0, isCELT: isCELT) }
    }

    /// 48 frames of two bytes, with their lengths, TOC and count byte; a longer packet is not worth a look.
    private static let maximumSilentBytes = 48 * 3 + 2

    private static func everyFrameIsSilent(_ payload: UnsafeBufferPointer<UInt8>, isCELT: Bool) -> Bool {
        unsafe withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: 48) { frames in
            unsafe withUnsafeTemporaryAllocation(of: opus_int16.self, capacity: 48) { sizes in
                guard let start = payload.baseAddress, let sizes = sizes.baseAddress else { return false }
                let count = unsafe opus_packet_parse(
                    start, opus_int32(payload.count), nil, frames.baseAddress, sizes, nil)
                guard count > 0 else { return false }
                for i in 0..<Int(count) {
                    let size = unsafe sizes[i]
                    if size <= 1 { continue }
                    guard isCELT, size == 2, let frame = unsafe frames[i], unsafe frame[0] == 0xFF,
                        unsafe frame[1] == 0xFE
                    else { return false }
                }
                return true
            }
        }
    }
}
