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
    private let context: OpaquePointer
    private let mac: parley_hmac_sha1
    /// `k_s · 2^16`: its first eight bytes, and its last.
    private let salt: (high: UInt64, low: UInt64)

    /// Derives the session keys from a master key.
    init(_ master: MasterKey) throws(SecureRTPError) {
        guard
            let key = KeyDerivation.derive(
                .encryption, bytes: master.suite.masterKeyBytes, key: master.key, salt: master.salt),
            let salt = KeyDerivation.derive(.salt, bytes: Self.saltBytes, key: master.key, salt: master.salt),
            let authentication = KeyDerivation.derive(
                .authentication, bytes: Self.authenticationKeyBytes, key: master.key, salt: master.salt)
        else { throw SecureRTPError("OpenSSL cannot derive keys") }
        try self.init(
            sessionKey: key, sessionSalt: salt, authenticationKey: authentication, tagBytes: master.suite.tagBytes)
    }

    /// - Parameter tagBytes: of the HMAC's 20, those that a packet carries.
    package init(
        sessionKey: [UInt8], sessionSalt: [UInt8], authenticationKey: [UInt8], tagBytes: Int
    ) throws(SecureRTPError) {
        precondition(sessionKey.count == 16 && sessionSalt.count == Self.saltBytes)
        precondition(authenticationKey.count == Self.authenticationKeyBytes && 1...20 ~= tagBytes)
        guard let made = unsafe parley_cm_new(sessionKey) else {
            throw SecureRTPError("OpenSSL cannot set up AES-CM")
        }
        unsafe context = made
        mac = unsafe parley_hmac_sha1_key(authenticationKey, Int32(authenticationKey.count))
        salt = (Self.number(sessionSalt[..<8]), Self.number(sessionSalt[8...]) << 16)
        self.tagBytes = tagBytes
    }

    deinit { unsafe EVP_CIPHER_CTX_free(context) }

    /// Encrypts `text` in place and writes the tag behind it; all from the first byte on is authenticated.
    package func seal(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64) -> Bool {
        guard fits(text, bytes.count) else { return false }
        let counter = counter(ssrc, index)
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_cm_seal(
                context, mac, counter.high, counter.low, UInt32(truncatingIfNeeded: index >> 16), start,
                Int32(text.lowerBound), Int32(text.upperBound), Int32(tagBytes)) == 1
        }
    }

    /// Decrypts `text` in place if the tag behind it is right; else nothing changes.
    package func open(_ bytes: inout MutableSpan<UInt8>, text: Range<Int>, ssrc: UInt32, index: UInt64) -> Bool {
        guard fits(text, bytes.count) else { return false }
        let counter = counter(ssrc, index)
        return unsafe bytes.withUnsafeMutableBufferPointer { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe parley_cm_open(
                context, mac, counter.high, counter.low, UInt32(truncatingIfNeeded: index >> 16), start,
                Int32(text.lowerBound), Int32(text.upperBound), Int32(tagBytes)) == 1
        }
    }

    /// `(k_s · 2^16) xor (SSRC · 2^64) xor (i · 2^16)` (RFC 3711 §4.1.1).
    private func counter(_ ssrc: UInt32, _ index: UInt64) -> (high: UInt64, low: UInt64) {
        (salt.high ^ UInt64(ssrc), salt.low ^ index << 16)
    }

    private func fits(_ text: Range<Int>, _ count: Int) -> Bool {
        precondition(text.lowerBound >= 0 && text.upperBound + tagBytes <= count)
        return text.count <= Self.maximumText
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
