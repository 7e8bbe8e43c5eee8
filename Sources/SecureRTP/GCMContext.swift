internal import CCrypto

/// AES-GCM with its key set up once: only the nonce changes from packet to packet, so a packet costs no key schedule and
/// no allocation.
@safe struct GCMContext: ~Copyable {
    static let tagBytes = 16
    static let nonceBytes = 12

    /// Twelve bytes, as the numbers that they make.
    struct Nonce {
        /// The first four.
        var high: UInt32 = 0
        /// The last eight.
        var low: UInt64 = 0
    }

    private let context: OpaquePointer

    /// - Parameter key: 16 or 32 bytes.
    init(key: [UInt8], encrypts: Bool) throws(SecureRTPError) {
        precondition(key.count == 16 || key.count == 32)
        guard let made = unsafe parley_gcm_new(key, Int32(key.count), encrypts ? 1 : 0) else {
            throw SecureRTPError("OpenSSL cannot set up AES-GCM")
        }
        unsafe context = made
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Encrypts `text` in place and writes the tag behind it; the bytes before it are authenticated.
    func seal(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, nonce: Nonce) -> Bool {
        precondition(text.lowerBound >= 0 && text.upperBound + Self.tagBytes <= bytes.count)
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_gcm_seal(
                context, nonce.high, nonce.low, start, Int32(text.lowerBound), start + text.lowerBound,
                Int32(text.count)) == 1
        }
    }

    /// Decrypts `text` in place if the tag behind it is right; else what was there is spoilt.
    func open(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, nonce: Nonce) -> Bool {
        precondition(text.lowerBound >= 0 && text.upperBound + Self.tagBytes <= bytes.count)
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_gcm_open(
                context, nonce.high, nonce.low, start, Int32(text.lowerBound), start + text.lowerBound,
                Int32(text.count)) == 1
        }
    }

    /// Encrypts a control packet's bytes from the ninth to `end` in place, and writes the tag and `word`, which bears its
    /// index, behind it.
    func sealControl(_ bytes: inout MutableSpan<UInt8>, end: Int, nonce: Nonce, word: UInt32) -> Bool {
        precondition(end >= SRTCP.headerBytes && end + Self.tagBytes + SRTCP.indexBytes <= bytes.count)
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_gcm_seal_control(context, nonce.high, nonce.low, start, Int32(end), word) == 1
        }
    }

    /// Decrypts a control packet in place if its tag is right; else what was there is spoilt.
    func openControl(_ bytes: inout MutableSpan<UInt8>, end: Int, nonce: Nonce, word: UInt32) -> Bool {
        precondition(end >= SRTCP.headerBytes && end + Self.tagBytes + SRTCP.indexBytes <= bytes.count)
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_gcm_open_control(context, nonce.high, nonce.low, start, Int32(end), word) == 1
        }
    }
}

/// A session key and salt of an AES-GCM suite: what protects packets (RFC 7714 §8).
package struct GCMSession: ~Copyable {
    private let context: GCMContext
    private let salt: GCMContext.Nonce

    /// Derives the session key from a master key.
    init(_ master: MasterKey, _ labels: KeyDerivation.Labels, encrypts: Bool) throws(SecureRTPError) {
        guard
            let key = KeyDerivation.derive(
                labels.encryption, bytes: master.suite.masterKeyBytes, key: master.key, salt: master.salt),
            let salt = KeyDerivation.derive(
                labels.salt, bytes: GCMContext.nonceBytes, key: master.key, salt: master.salt)
        else { throw SecureRTPError("OpenSSL cannot derive keys") }
        try self.init(sessionKey: key, sessionSalt: salt, encrypts: encrypts)
    }

    package init(sessionKey: [UInt8], sessionSalt: [UInt8], encrypts: Bool) throws(SecureRTPError) {
        precondition(sessionSalt.count == GCMContext.nonceBytes)
        context = try GCMContext(key: sessionKey, encrypts: encrypts)
        salt = GCMContext.Nonce(
            high: UInt32(truncatingIfNeeded: Self.number(sessionSalt[..<4])), low: Self.number(sessionSalt[4...]))
    }

    package func seal(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64) -> Bool {
        context.seal(&bytes, text: text, nonce: nonce(ssrc, index))
    }

    package func open(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64) -> Bool {
        context.open(&bytes, text: text, nonce: nonce(ssrc, index))
    }

    func sealControl(_ bytes: inout MutableSpan<UInt8>, end: Int, ssrc: UInt32, word: UInt32) -> Bool {
        context.sealControl(&bytes, end: end, nonce: nonce(ssrc, UInt64(word & SRTCP.lastIndex)), word: word)
    }

    func openControl(_ bytes: inout MutableSpan<UInt8>, end: Int, ssrc: UInt32, word: UInt32) -> Bool {
        context.openControl(&bytes, end: end, nonce: nonce(ssrc, UInt64(word & SRTCP.lastIndex)), word: word)
    }

    /// Two zero bytes ‖ SSRC ‖ rollover counter ‖ sequence number, xor the salt (RFC 7714 §8.1); for control packets their
    /// index stands where the last two do (§9.1).
    private func nonce(_ ssrc: UInt32, _ index: UInt64) -> GCMContext.Nonce {
        let low = UInt64(ssrc & 0xFFFF) << 48 | index & 0xFFFF_FFFF_FFFF
        return GCMContext.Nonce(high: salt.high ^ ssrc >> 16, low: salt.low ^ low)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
