import RTPWire

/// What does the work of a suite: our own AES-GCM on a kept context, or libsrtp.
enum SRTPEngine: ~Copyable {
    case gcm(GCMSession)
    case library(LibSRTPSession)

    init(_ master: MasterKey, isInbound: Bool, window: Int) throws(SecureRTPError) {
        self =
            master.suite.isAEAD
            ? .gcm(try GCMSession(master, encrypts: !isInbound))
            : .library(try LibSRTPSession(master, isInbound ? .inbound : .outbound, window: window))
    }
}

/// What SRTP reads of a packet before it is opened.
enum SecurePacket {
    /// The bytes that are authenticated but not encrypted: header, contributing sources, extension; nil if they do not
    /// fit.
    static func headerBytes(_ bytes: Span<UInt8>, length: Int) -> Int? {
        guard length >= RTPHeader.minimumBytes, length <= bytes.count, bytes[0] >> 6 == 2 else { return nil }
        var offset = RTPHeader.minimumBytes + 4 * Int(bytes[0] & 0x0F)
        if bytes[0] & 0x10 != 0 {
            guard offset + 4 <= length else { return nil }
            offset += 4 + 4 * Int(bytes.uint16(at: offset + 2))
        }
        return offset <= length ? offset : nil
    }
}
