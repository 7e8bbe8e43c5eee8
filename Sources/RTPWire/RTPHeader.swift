/// What the header of an RTP packet says (RFC 3550 §5.1), and where in the datagram its parts are.
///
/// A view without the bytes: it holds offsets into the datagram it was parsed from, so parsing copies and allocates
/// nothing, and the datagram may be decrypted in place meanwhile.
public struct RTPHeader: Sendable, Hashable {
    /// Bytes of a header without contributing sources or extension.
    public static let minimumBytes = 12
    /// Contributing sources that a header has room for (RFC 3550 §5.1).
    public static let maximumContributingSources = 15

    public var marker: Bool
    /// 0...127
    public var payloadType: UInt8
    public var sequenceNumber: UInt16
    /// In units of the payload's clock: 48 kHz for Opus (RFC 7587 §4.1).
    public var timestamp: UInt32
    public var ssrc: UInt32
    /// 0...15
    public private(set) var contributingSourceCount = 0
    /// The `defined by profile` field of the header extension; nil if there is no extension.
    public private(set) var extensionProfile: UInt16?
    /// The extension's elements, without its 4-byte preamble.
    public private(set) var extensionBody = 0..<0
    /// Without padding.
    public private(set) var payload: Range<Int>

    /// - Throws: what is wrong with the packet; nothing is read beyond its end.
    public init(parsing bytes: Span<UInt8>) throws(RTPMalformation) {
        guard bytes.count >= Self.minimumBytes else { throw .tooShort }
        let first = bytes[0]
        guard first >> 6 == 2 else { throw .version }
        marker = bytes[1] & 0x80 != 0
        payloadType = bytes[1] & 0x7F
        sequenceNumber = bytes.uint16(at: 2)
        timestamp = bytes.uint32(at: 4)
        ssrc = bytes.uint32(at: 8)
        contributingSourceCount = Int(first & 0x0F)
        var offset = Self.minimumBytes + 4 * contributingSourceCount
        guard offset <= bytes.count else { throw .contributingSources }
        if first & 0x10 != 0 {
            guard offset + 4 <= bytes.count else { throw .headerExtension }
            extensionProfile = bytes.uint16(at: offset)
            let length = 4 * Int(bytes.uint16(at: offset + 2))
            guard offset + 4 + length <= bytes.count else { throw .headerExtension }
            extensionBody = (offset + 4)..<(offset + 4 + length)
            offset += 4 + length
        }
        var end = bytes.count
        if first & 0x20 != 0 {
            // The last byte counts itself (RFC 3550 §5.1), so 0 is as wrong as more than there is.
            let padding = Int(bytes[end - 1])
            guard padding > 0, end - padding >= offset else { throw .padding }
            end -= padding
        }
        payload = offset..<end
    }

    /// A contributing source of the datagram that the header was parsed from.
    public func contributingSource(_ index: Int, in bytes: Span<UInt8>) -> UInt32 {
        precondition(index >= 0 && index < contributingSourceCount)
        return bytes.uint32(at: Self.minimumBytes + 4 * index)
    }

    /// Whether a datagram's first bytes can be RTP and not RTCP, STUN or DTLS (RFC 7983, RFC 5761 §4).
    public static func isPlausible(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= minimumBytes && bytes[0] >> 6 == 2 && !(64...95).contains(bytes[1] & 0x7F)
    }
}

/// Why a datagram is no RTP packet.
public enum RTPMalformation: Error, Sendable, Hashable, CaseIterable {
    /// Under 12 bytes.
    case tooShort
    /// Not version 2.
    case version
    /// The CSRC list reaches beyond the end.
    case contributingSources
    /// The header extension reaches beyond the end.
    case headerExtension
    /// More padding than packet, or a padding count of 0.
    case padding
}
