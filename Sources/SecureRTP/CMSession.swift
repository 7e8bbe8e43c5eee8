internal import CCrypto

/// The session keys of an AES-CM suite: AES-128 in counter mode (RFC 3711 §4.1.1), authenticated by HMAC-SHA1 over the
/// packet and its rollover counter (§4.2).
///
/// All that depends on keys alone is done once: the key schedule, and the first block of either hash of the HMAC. A packet
/// costs no allocation.
@safe package struct CMSession: ~Copyable {
    /// `n_a` of RFC 3711 §5.2.
    static let authenticationKeyBytes = 20
    static let saltBytes = 14
    /// What the 16 bits of the block counter reach (RFC 3711 §4.1.1).
    static let maximumText = 1 << 20

    let tagBytes: Int
    /// In one place of its own: a copy for each packet would cost more than to look it up.
    private let session: UnsafeMutablePointer<parley_cm>

    /// Derives the session keys from a master key.
    init(_ master: MasterKey, _ labels: KeyDerivation.Labels, tagBytes: Int) throws(SecureRTPError) {
        guard
            let key = KeyDerivation.derive(
                labels.encryption, bytes: master.suite.masterKeyBytes, key: master.key, salt: master.salt),
            let salt = KeyDerivation.derive(labels.salt, bytes: Self.saltBytes, key: master.key, salt: master.salt),
            let authentication = KeyDerivation.derive(
                labels.authentication, bytes: Self.authenticationKeyBytes, key: master.key, salt: master.salt)
        else { throw SecureRTPError("OpenSSL cannot derive keys") }
        try self.init(sessionKey: key, sessionSalt: salt, authenticationKey: authentication, tagBytes: tagBytes)
    }

    /// - Parameter tagBytes: of the HMAC's 20, those that a packet carries.
    package init(
        sessionKey: [UInt8], sessionSalt: [UInt8], authenticationKey: [UInt8], tagBytes: Int
    ) throws(SecureRTPError) {
        precondition(sessionKey.count == 16 && sessionSalt.count == Self.saltBytes)
        precondition(authenticationKey.count == Self.authenticationKeyBytes && 1...20 ~= tagBytes)
        let made = UnsafeMutablePointer<parley_cm>.allocate(capacity: 1)
        guard unsafe parley_cm_init(made, sessionKey, sessionSalt, authenticationKey, Int32(tagBytes)) == 1 else {
            unsafe made.deallocate()
            throw SecureRTPError("OpenSSL cannot set up AES-CM")
        }
        unsafe session = made
        self.tagBytes = tagBytes
    }

    deinit {
        unsafe parley_cm_clear(session)
        unsafe session.deallocate()
    }

    /// Encrypts `text` in place and writes the tag behind it; all from the first byte on is authenticated.
    package func seal(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64) -> Bool {
        guard fits(text, bytes.count) else { return false }
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_cm_seal(
                session, ssrc, index, start, Int32(text.lowerBound), Int32(text.upperBound)) == 1
        }
    }

    /// Decrypts `text` in place if the tag behind it is right; else nothing changes.
    package func open(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64) -> Bool {
        guard fits(text, bytes.count) else { return false }
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_cm_open(
                session, ssrc, index, start, Int32(text.lowerBound), Int32(text.upperBound)) == 1
        }
    }

    /// Encrypts a control packet's bytes from the ninth to `end` in place, and writes `word`, which bears its index, and the
    /// tag behind it.
    func sealControl(_ bytes: inout MutableSpan<UInt8>, end: Int, ssrc: UInt32, word: UInt32) -> Bool {
        guard fits(SRTCP.headerBytes..<(end + SRTCP.indexBytes), bytes.count) else { return false }
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_cm_seal_control(session, ssrc, start, Int32(end), word) == 1
        }
    }

    /// Decrypts a control packet in place if its tag is right; else nothing changes.
    func openControl(_ bytes: inout MutableSpan<UInt8>, end: Int, ssrc: UInt32, word: UInt32) -> Bool {
        guard fits(SRTCP.headerBytes..<(end + SRTCP.indexBytes), bytes.count) else { return false }
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_cm_open_control(session, ssrc, start, Int32(end), word) == 1
        }
    }

    private func fits(_ text: Range<Int>, _ count: Int) -> Bool {
        precondition(text.lowerBound >= 0 && text.upperBound + tagBytes <= count)
        return text.count <= Self.maximumText
    }
}
