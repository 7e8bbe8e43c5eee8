public import PacketCapture
public import RTPWire

/// What tells RTP streams apart: who sends, whereto, under which SSRC.
public struct StreamKey: Sendable, Hashable {
    public var ssrc: UInt32
    public var source: Endpoint
    public var destination: Endpoint

    public init(ssrc: UInt32, source: Endpoint, destination: Endpoint) {
        self.ssrc = ssrc
        self.source = source
        self.destination = destination
    }

    /// `0x1a2b3c4d`
    public var ssrcText: String {
        let digits = String(ssrc, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}

/// What a stream's payloads are, by all that was seen.
public enum StreamContent: Sendable, Hashable {
    case opus
    /// A payload type that RFC 3551 gives to another codec.
    case other(codec: String)
    /// No Opus: another codec, or encrypted.
    case unknown
    /// There is a key, and it does not fit.
    case undecipherable
}

/// One RTP stream of a capture.
public struct StreamSummary: Sendable, Hashable {
    public var key: StreamKey
    public var content: StreamContent
    /// The payload types that were seen, the most frequent first, with their numbers of packets.
    public var payloadTypes: [PayloadTypeCount]
    /// Of Opus and of RFC 2198; nil if there is none.
    public var opusPayloadType: UInt8?
    public var redundancyPayloadType: UInt8?
    /// Nanoseconds since 1970.
    public var firstTime: Int64
    public var lastTime: Int64
    public var reception: ReceptionStatistics
    /// Of the timestamps, in Hz: 48000 (RFC 7587 §4.1) but for payload types that RFC 3551 gives another.
    public var clockRate: Int
    /// UDP payload bytes.
    public var bytes: Int
    public var isEncrypted: Bool
    /// Packets that were not authentic: forged, or the key does not fit.
    public var unauthenticated: Int
    /// Packets that had come before; encrypted ones are not in `reception`.
    public var duplicates: Int
    /// Packets that never came. `reception.lost` is what RTCP would say, in which duplicates make up for them.
    public var lost: Int
    /// From RTCP (SDES); nil if there was none.
    public var canonicalName: String?

    public struct PayloadTypeCount: Sendable, Hashable {
        public var payloadType: UInt8
        public var packets: Int
    }
}
