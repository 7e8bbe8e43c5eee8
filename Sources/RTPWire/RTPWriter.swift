/// Writes the header of an RTP packet; the payload goes behind it.
public struct RTPWriter: Sendable {
    public var marker = false
    /// 0...127
    public var payloadType: UInt8
    public var sequenceNumber: UInt16
    public var timestamp: UInt32
    public var ssrc: UInt32
    /// Written in a one-byte header extension under this identifier (1...14), where there is a level.
    public var audioLevelIdentifier = 1
    public var audioLevel: AudioLevel?

    public init(payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32) {
        precondition(payloadType < 128, "an RTP payload type has 7 bits")
        self.payloadType = payloadType
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    /// Bytes that `write` takes for so many contributing sources.
    public func headerBytes(contributingSources: Int) -> Int {
        RTPHeader.minimumBytes + 4 * min(contributingSources, RTPHeader.maximumContributingSources)
            + (audioLevel == nil ? 0 : 8)
    }

    /// Writes the header at the start of `bytes`; traps if it does not fit.
    /// - Parameter contributingSources: the first 15 are written (RFC 3550 §7.1).
    /// - Returns: its length.
    public func write(contributingSources: Span<UInt32>, into bytes: inout MutableSpan<UInt8>) -> Int {
        let sources = min(contributingSources.count, RTPHeader.maximumContributingSources)
        bytes[0] = 0x80 | UInt8(sources) | (audioLevel == nil ? 0 : 0x10)
        bytes[1] = payloadType | (marker ? 0x80 : 0)
        bytes.store(sequenceNumber, at: 2)
        bytes.store(timestamp, at: 4)
        bytes.store(ssrc, at: 8)
        var offset = RTPHeader.minimumBytes
        for i in 0..<sources {
            bytes.store(contributingSources[i], at: offset)
            offset += 4
        }
        if let audioLevel {
            bytes.store(HeaderExtensions.oneByteProfile, at: offset)
            bytes.store(UInt16(1), at: offset + 2)
            bytes[offset + 4] = UInt8(audioLevelIdentifier & 0x0F) << 4
            bytes[offset + 5] = audioLevel.byte
            bytes[offset + 6] = 0
            bytes[offset + 7] = 0
            offset += 8
        }
        return offset
    }
}
