public import RTPWire

/// What the header of an Opus packet says (RFC 6716 §3), without decoding it; `OpusLayout` reads it.
public enum OpusPacket {
    /// The longest packet there may be, in samples per channel at 48 kHz: 120 ms (RFC 6716 §3.2.5).
    public static let maximumSamples = OpusLayout.maximumSamples
    /// The longest frame (RFC 6716 §3.2.1) times three is more than any encoder here writes in one packet.
    public static let maximumEncodedBytes = OpusLayout.maximumFrameBytes * 3

    /// How the packet's frames are coded.
    public typealias Mode = OpusLayout.Mode

    /// The mode by the TOC byte's configuration number (RFC 6716 table 2).
    public static func mode(tableOfContents: UInt8) -> Mode { OpusLayout.mode(tableOfContents) }

    /// Samples per channel at a rate; nil if the packet is malformed or longer than 120 ms.
    public static func sampleCount(of payload: Span<UInt8>, sampleRate: Int) -> Int? {
        OpusLayout(payload).map { $0.samples * sampleRate / 48_000 }
    }

    /// Whether the packet says itself that it is silent: every frame is a DTX frame (at most one byte, RFC 6716
    /// §3.1) or a CELT frame with the silence flag and nothing after it (`FF FE`).
    ///
    /// A malformed packet is not silent: the decoder shall see it and count it.
    public static func isSilent(_ payload: Span<UInt8>) -> Bool { OpusLayout(payload)?.isSilent ?? false }
}
