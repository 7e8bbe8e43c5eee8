public import PacketCapture
import RTPWire

/// How a client behind a NAT learns its own address: 74 bytes each way, big-endian: type 1 (answer: 2), length 70, SSRC,
/// the address as text with zeros behind it in 64 bytes, port.
public enum IPDiscovery {
    public static let bytes = 74
    /// A STUN request begins alike; this is at byte 4 there, where an SSRC is here, so it is never given as an SSRC.
    public static let stunMagicCookie: UInt32 = 0x2112_A442

    /// The SSRC that asks; nil if this is something else.
    public static func request(_ datagram: Span<UInt8>) -> UInt32? { ssrc(datagram, type: 1) }

    /// What an answer says; nil if this is something else.
    public static func answer(_ datagram: Span<UInt8>) -> (ssrc: UInt32, address: String, port: UInt16)? {
        guard let ssrc = ssrc(datagram, type: 2) else { return nil }
        var text: [UInt8] = []
        for i in 8..<72 {
            guard datagram[i] != 0 else { break }
            text.append(datagram[i])
        }
        return (ssrc, String(decoding: text, as: UTF8.self), datagram.uint16(at: 72))
    }

    /// Writes 74 bytes.
    public static func writeRequest(ssrc: UInt32, into bytes: inout MutableSpan<UInt8>) {
        write(type: 1, ssrc, "", 0, &bytes)
    }

    /// Writes 74 bytes.
    public static func writeAnswer(ssrc: UInt32, to source: Endpoint, into bytes: inout MutableSpan<UInt8>) {
        write(type: 2, ssrc, source.address, source.port, &bytes)
    }

    private static func ssrc(_ datagram: Span<UInt8>, type: UInt16) -> UInt32? {
        guard datagram.count == bytes, datagram.uint16(at: 0) == type, datagram.uint16(at: 2) == 70,
            datagram.uint32(at: 4) != stunMagicCookie
        else { return nil }
        return datagram.uint32(at: 4)
    }

    private static func write(
        type: UInt16, _ ssrc: UInt32, _ address: String, _ port: UInt16, _ bytes: inout MutableSpan<UInt8>
    ) {
        for i in 0..<Self.bytes { bytes[i] = 0 }
        bytes[1] = UInt8(type)
        bytes[3] = 70
        for i in 0..<4 { bytes[4 + i] = UInt8(truncatingIfNeeded: ssrc >> UInt32(24 - 8 * i)) }
        for (i, byte) in address.utf8.prefix(63).enumerated() { bytes[8 + i] = byte }
        bytes[72] = UInt8(port >> 8)
        bytes[73] = UInt8(port & 0xFF)
    }
}
