import RTPWire

/// What does the work of a suite, on contexts that are kept: AES-GCM, or AES-CM with HMAC-SHA1.
enum SRTPEngine: ~Copyable {
    case gcm(GCMSession)
    case counter(CMSession)

    init(_ master: MasterKey, isInbound: Bool) throws(SecureRTPError) {
        self =
            master.suite.isAEAD
            ? .gcm(try GCMSession(master, .rtp, encrypts: !isInbound))
            : .counter(try CMSession(master, .rtp, tagBytes: master.suite.tagBytes))
    }

    /// The same for SRTCP: other keys, and never a short tag.
    init(controlOf master: MasterKey, isInbound: Bool) throws(SecureRTPError) {
        self =
            master.suite.isAEAD
            ? .gcm(try GCMSession(master, .rtcp, encrypts: !isInbound))
            : .counter(try CMSession(master, .rtcp, tagBytes: SRTCP.tagBytes))
    }

    var tagBytes: Int {
        switch self {
        case .gcm: GCMContext.tagBytes
        case .counter(let session): session.tagBytes
        }
    }

    /// Encrypts `text` in place and writes the tag behind it; the bytes before it are only authenticated.
    func seal(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64) -> Bool {
        switch self {
        case .gcm(let session): session.seal(&bytes, text: text, ssrc: ssrc, index: index)
        case .counter(let session): session.seal(&bytes, text: text, ssrc: ssrc, index: index)
        }
    }

    /// Decrypts `text` in place if the tag behind it is right; else AES-GCM spoils it, and AES-CM leaves it alone.
    func open(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64) -> Bool {
        switch self {
        case .gcm(let session): session.open(&bytes, text: text, ssrc: ssrc, index: index)
        case .counter(let session): session.open(&bytes, text: text, ssrc: ssrc, index: index)
        }
    }

    /// Encrypts a control packet of `end` bytes in place, and writes tag and `word` behind it, as is the suite's order.
    func sealControl(_ bytes: inout MutableSpan<UInt8>, end: Int, ssrc: UInt32, word: UInt32) -> Bool {
        switch self {
        case .gcm(let session): session.sealControl(&bytes, end: end, ssrc: ssrc, word: word)
        case .counter(let session): session.sealControl(&bytes, end: end, ssrc: ssrc, word: word)
        }
    }

    /// Decrypts a control packet in place, as `open` does.
    func openControl(_ bytes: inout MutableSpan<UInt8>, end: Int, ssrc: UInt32, word: UInt32) -> Bool {
        switch self {
        case .gcm(let session): session.openControl(&bytes, end: end, ssrc: ssrc, word: word)
        case .counter(let session): session.openControl(&bytes, end: end, ssrc: ssrc, word: word)
        }
    }

    /// Where the word that bears the index stands in a sealed control packet: behind the tag with AES-GCM, else before it.
    func placeOfIndex(length: Int) -> Int {
        switch self {
        case .gcm: length - SRTCP.indexBytes
        case .counter: length - SRTCP.indexBytes - SRTCP.tagBytes
        }
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
