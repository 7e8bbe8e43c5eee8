/// Counters of a sender report (RFC 3550 §6.4.1).
public struct SenderInfo: Sendable, Hashable {
    /// Seconds since 1900 in 32.32 bits.
    public var ntpTime: UInt64
    /// The same moment on the media's clock.
    public var rtpTimestamp: UInt32
    public var packetCount: UInt32
    public var octetCount: UInt32

    public init(ntpTime: UInt64, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32) {
        self.ntpTime = ntpTime
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
    }

    /// Bytes on the wire.
    public static let bytes = 20
}

/// What a receiver says of one source (RFC 3550 §6.4.1).
public struct ReportBlock: Sendable, Hashable {
    public var ssrc: UInt32
    /// Lost since the last report, in 256ths.
    public var fractionLost: UInt8
    /// Lost in all, 24 bits with a sign: duplicates can make it negative.
    public var cumulativeLost: Int32
    /// Cycles in the high half.
    public var extendedHighestSequenceNumber: UInt32
    /// In timestamp units.
    public var jitter: UInt32
    /// The middle 32 bits of the last sender report's NTP time.
    public var lastSenderReport: UInt32
    /// Since that report came, in 65536ths of a second.
    public var delaySinceLastSenderReport: UInt32

    /// Bytes on the wire.
    public static let bytes = 24

    public init(ssrc: UInt32) {
        self.ssrc = ssrc
        fractionLost = 0
        cumulativeLost = 0
        extendedHighestSequenceNumber = 0
        jitter = 0
        lastSenderReport = 0
        delaySinceLastSenderReport = 0
    }

    init(_ bytes: Span<UInt8>, at offset: Int) {
        ssrc = bytes.uint32(at: offset)
        fractionLost = bytes[offset + 4]
        // 24 bits with a sign.
        cumulativeLost = Int32(bitPattern: bytes.uint32(at: offset + 4) << 8) >> 8
        extendedHighestSequenceNumber = bytes.uint32(at: offset + 8)
        jitter = bytes.uint32(at: offset + 12)
        lastSenderReport = bytes.uint32(at: offset + 16)
        delaySinceLastSenderReport = bytes.uint32(at: offset + 20)
    }

    func write(into bytes: inout MutableSpan<UInt8>, at offset: Int) {
        let lost = UInt32(bitPattern: max(min(cumulativeLost, 0x7F_FFFF), -0x80_0000)) & 0xFF_FFFF
        bytes.store(ssrc, at: offset)
        bytes.store(UInt32(fractionLost) << 24 | lost, at: offset + 4)
        bytes.store(extendedHighestSequenceNumber, at: offset + 8)
        bytes.store(jitter, at: offset + 12)
        bytes.store(lastSenderReport, at: offset + 16)
        bytes.store(delaySinceLastSenderReport, at: offset + 20)
    }
}

/// One packet of an RTCP datagram (RFC 3550 §6), as offsets into it.
public struct RTCPPacket: Sendable, Hashable {
    public enum Kind: UInt8, Sendable, Hashable {
        case senderReport = 200
        case receiverReport = 201
        case sourceDescription = 202
        case goodbye = 203
        case applicationDefined = 204
        case transportFeedback = 205
        case payloadFeedback = 206
        case extendedReport = 207
    }

    /// The packet type as written; `kind` is nil for those that are not known here.
    public let packetType: UInt8
    public var kind: Kind? { Kind(rawValue: packetType) }
    /// Report blocks, chunks or sources: the five bits beside the version.
    public let count: Int
    /// The whole packet in the datagram, its padding left out.
    public let range: Range<Int>

    /// The SSRC that speaks, of every kind but SDES and BYE.
    public func senderSSRC(in bytes: Span<UInt8>) -> UInt32? {
        range.count >= 8 ? bytes.uint32(at: range.lowerBound + 4) : nil
    }

    public func senderInfo(in bytes: Span<UInt8>) -> SenderInfo? {
        guard kind == .senderReport, range.count >= 8 + SenderInfo.bytes else { return nil }
        let offset = range.lowerBound + 8
        return SenderInfo(
            ntpTime: bytes.uint64(at: offset), rtpTimestamp: bytes.uint32(at: offset + 8),
            packetCount: bytes.uint32(at: offset + 12), octetCount: bytes.uint32(at: offset + 16))
    }

    /// A block of a sender or receiver report.
    /// - Parameter index: 0..<count.
    public func reportBlock(_ index: Int, in bytes: Span<UInt8>) -> ReportBlock? {
        let start: Int
        switch kind {
        case .senderReport: start = 8 + SenderInfo.bytes
        case .receiverReport: start = 8
        default: return nil
        }
        let offset = start + ReportBlock.bytes * index
        guard index >= 0, index < count, offset + ReportBlock.bytes <= range.count else { return nil }
        return ReportBlock(bytes, at: range.lowerBound + offset)
    }

    /// A source that says goodbye.
    public func goodbyeSource(_ index: Int, in bytes: Span<UInt8>) -> UInt32? {
        guard kind == .goodbye, index >= 0, index < count, 8 + 4 * index <= range.count else { return nil }
        return bytes.uint32(at: range.lowerBound + 4 + 4 * index)
    }

    /// The canonical name (CNAME, SDES item 1) of the first chunk, as a range of the datagram.
    public func canonicalName(in bytes: Span<UInt8>) -> (ssrc: UInt32, name: Range<Int>)? {
        guard kind == .sourceDescription, count > 0, range.count >= 8 else { return nil }
        var offset = range.lowerBound + 8
        while offset + 2 <= range.upperBound, bytes[offset] != 0 {
            let data = (offset + 2)..<(offset + 2 + Int(bytes[offset + 1]))
            guard data.upperBound <= range.upperBound else { return nil }
            if bytes[offset] == 1 { return (bytes.uint32(at: range.lowerBound + 4), data) }
            offset = data.upperBound
        }
        return nil
    }

    fileprivate init(packetType: UInt8, count: Int, range: Range<Int>) {
        self.packetType = packetType
        self.count = count
        self.range = range
    }

    /// Walks over the packets of a datagram: compound (RFC 3550 §6.1) or reduced in size (RFC 5506).
    public struct Cursor: Sendable {
        private var offset = 0
        /// Set when a packet was malformed; the walk has ended there.
        public private(set) var isMalformed = false

        public init() {}

        public mutating func next(in bytes: Span<UInt8>) -> RTCPPacket? {
            guard offset < bytes.count, !isMalformed else { return nil }
            guard offset + 4 <= bytes.count, bytes[offset] >> 6 == 2 else { return stop() }
            let length = 4 * (Int(bytes.uint16(at: offset + 2)) + 1)
            let type = bytes[offset + 1]
            guard offset + length <= bytes.count, (192...223).contains(type) else { return stop() }
            var end = offset + length
            if bytes[offset] & 0x20 != 0 {
                let padding = Int(bytes[end - 1])
                guard padding > 0, padding % 4 == 0, padding <= length - 4 else { return stop() }
                end -= padding
            }
            defer { offset += length }
            return RTCPPacket(packetType: type, count: Int(bytes[offset] & 0x1F), range: offset..<end)
        }

        private mutating func stop() -> RTCPPacket? {
            isMalformed = true
            return nil
        }
    }

    /// Whether a datagram can be RTCP: packet types 192...223 where RTP would have marker and payload types 64...95.
    public static func isPlausible(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 8 && bytes[0] >> 6 == 2 && (192...223).contains(bytes[1])
    }
}
