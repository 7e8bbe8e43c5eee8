import MediaCore
import SecureRTP
import Testing

/// The test vectors of RFC 3711 (appendix B) and RFC 7714 (section 16).
@Suite struct VectorTests {
    @Test func `session keys are derived as in RFC 3711 B.3`() {
        let key = hex("E1F97A0D3E018BE0D64FA32C06DE4139")
        let salt = hex("0EC675AD498AFEEBB6960B3AABE6")
        func derive(_ label: KeyDerivation.Label, _ bytes: Int) -> [UInt8]? {
            KeyDerivation.derive(label, bytes: bytes, key: key, salt: salt)
        }
        #expect(derive(.encryption, 16) == hex("C61E7A93744F39EE10734AFE3FF7A087"))
        #expect(derive(.salt, 14) == hex("30CBBC08863D8C85D49DB34A9AE1"))
        let authentication = hex(
            """
            CEBE321F6FF7716B6FD4AB49AF256A156D38BAA48F0A0ACF3C34E2359E6CDBCEE049646C43D9327AD175578EF72270986371C10C9A369AC2F94A8C5FBCDDDC25\
            6D6E919A48B610EF17C2041E474035766B68642C59BBFC2F34DB60DBDFB2DC68
            """)
        #expect(derive(.authentication, 94) == Array(authentication[..<94]))
    }

    @Test func `the key stream is that of RFC 3711 B.2`() {
        // With label 0 the derivation is the key stream itself, from a counter of 0.
        let stream = KeyDerivation.derive(
            .encryption, bytes: 48, key: hex("2B7E151628AED2A6ABF7158809CF4F3C"),
            salt: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"))
        #expect(
            stream
                == hex(
                    """
                    E03EAD0935C95E80E166B16DD92B4EB4D23513162B02D0F72A43A2FE4A5F97AB41E95B3BB0A2E8DD477901E4FCA894C0
                    """))
    }

    /// 65,282 blocks of zeros, under a session key and salt, with an SSRC and an index of 0.
    @Test func `AES-CM counts its blocks as in RFC 3711 B.2`() throws {
        let session = try CMSession(
            sessionKey: hex("2B7E151628AED2A6ABF7158809CF4F3C"), sessionSalt: hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD"),
            authenticationKey: [UInt8](repeating: 0, count: 20), tagBytes: 10)
        let length = 0xFF02 * 16
        var stream = [UInt8](repeating: 0, count: length + 10)
        var span = stream.mutableSpan
        #expect(session.seal(&span, text: 0..<length, ssrc: 0, index: 0))
        let expected = [
            0: "E03EAD0935C95E80E166B16DD92B4EB4", 1: "D23513162B02D0F72A43A2FE4A5F97AB",
            2: "41E95B3BB0A2E8DD477901E4FCA894C0", 0xFEFF: "EC8CDF7398607CB0F2D21675EA9EA1E4",
            0xFF00: "362B7C3C6773516318A077D7FC5073AE", 0xFF01: "6A2CC3787889374FBEB4C81B17BA6C44",
        ]
        for (block, text) in expected {
            #expect(Array(stream[(16 * block)..<(16 * block + 16)]) == hex(text), "block \(block)")
        }
        span = stream.mutableSpan
        #expect(session.open(&span, text: 0..<length, ssrc: 0, index: 0))
        #expect(!stream[..<length].contains { $0 != 0 })
        var tooLong = [UInt8](repeating: 0, count: 1 << 20 + 17)
        span = tooLong.mutableSpan
        #expect(!session.seal(&span, text: 0..<(1 << 20 + 1), ssrc: 0, index: 0), "the counter would come round")
    }

    /// The last four bytes of each text stand where the rollover counter does.
    @Test(arguments: [
        ("0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B0B", "4869205468657265", "B617318655057264E28BC0B6FB378C8EF146BE00"),
        (
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", String(repeating: "DD", count: 50),
            "125D7342B9AC11CD91A39AF48AA17B4F63F175D3"
        ),
    ])
    func `packets are authenticated by HMAC-SHA1 as in RFC 2202`(key: String, text: String, digest: String) throws {
        let session = try CMSession(
            sessionKey: [UInt8](repeating: 0, count: 16), sessionSalt: [UInt8](repeating: 0, count: 14),
            authenticationKey: hex(key), tagBytes: 20)
        let text = hex(text)
        let clear = text.count - 4
        let rollovers = text[clear...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        var packet = Array(text[..<clear]) + [UInt8](repeating: 0, count: 20)
        var span = packet.mutableSpan
        #expect(session.seal(&span, text: clear..<clear, ssrc: 0, index: rollovers << 16))
        #expect(Array(packet[clear...]) == hex(digest))
    }

    @Test func `AES-CM with HMAC-SHA1 seals as libsrtp's own reference packet`() throws {
        let key = try MasterKey(
            suite: .aesCM128HMACSHA1With80,
            keyAndSalt: hex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6"))
        var protector = try SRTPProtector(key)
        var packet = hex("800F1234DECAFBADCAFEBABEABABABABABABABABABABABABABABABAB")
        let length = packet.count
        packet += [UInt8](repeating: 0, count: 10)
        var span = packet.mutableSpan
        #expect(protector.process(&span, length: length) == .passed(38))
        #expect(packet == hex("800F1234DECAFBADCAFEBABE4E55DC4CE79978D88CA4D215949D2402B78D6ACC99EA179B8DBB"))
    }

    /// The example's bytes, in the order in which AES-GCM takes them: what is authenticated first, then the text.
    @Test func `AES-GCM seals control packets as in RFC 7714 section 17`() throws {
        let clear = hex("81c8000d4d617273800005d4")
        let text = hex(
            "4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef deadbeef deadbeef")
        let session = try GCMSession(
            sessionKey: (0..<16).map { UInt8($0) }, sessionSalt: hex("517569642070726f2071756f"), encrypts: true)
        var packet = clear + text + [UInt8](repeating: 0, count: 16)
        let end = clear.count + text.count
        var span = packet.mutableSpan
        #expect(session.seal(&span, text: clear.count..<end, ssrc: 0x4D61_7273, index: 0x5D4))
        #expect(
            Array(packet[clear.count...])
                == hex(
                    """
                    63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b\
                    c84aa45896cf4d2fc5abf87245d9eade
                    """))
    }

    static let plain = hex(
        "8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573")

    @Test(arguments: [
        (
            16,
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833899d7f27beb16a9152cf765ee4390cce"
        ),
        (
            32,
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b7aa3db36dfffd6b0f9bb7878d7a76c13"
        ),
    ])
    func `AES-GCM seals and opens as in RFC 7714 section 16`(keyBytes: Int, sealed: String) throws {
        let key = (0..<keyBytes).map { UInt8($0) }
        let salt = hex("517569642070726f2071756f")
        let seal = try GCMSession(sessionKey: key, sessionSalt: salt, encrypts: true)
        let open = try GCMSession(sessionKey: key, sessionSalt: salt, encrypts: false)
        var packet = Self.plain + [UInt8](repeating: 0, count: 16)
        var span = packet.mutableSpan
        #expect(seal.seal(&span, text: 12..<50, ssrc: 0x5501_A0B2, index: 0xF17B))
        #expect(packet == hex(sealed))
        span = packet.mutableSpan
        #expect(open.open(&span, text: 12..<50, ssrc: 0x5501_A0B2, index: 0xF17B))
        #expect(Array(packet[..<50]) == Self.plain)
    }

    @Test(arguments: CryptoSuite.allCases) func `keys survive their text`(suite: CryptoSuite) throws {
        let bytes = (0..<(suite.masterKeyBytes + suite.masterSaltBytes)).map { UInt8($0 * 7 & 0xFF) }
        let key = try MasterKey(suite: suite, keyAndSalt: bytes)
        #expect(try MasterKey(parsing: key.text) == key)
        let base64 = key.text.split(separator: ":")[1]
        #expect(try MasterKey(parsing: "a=crypto:1 \(suite.sdesName) inline:\(base64)|2^31|1:4") == key)
    }

    @Test(arguments: [
        ("AAAA", "fit no suite"), ("nonsense:AAAA", "unknown suite 'nonsense'"), ("aead-aes-128-gcm:AAAA", "takes 28"),
        ("!!", "neither base64"), ("inline:AAAA", "no suite before"),
    ])
    func `a key that cannot be is refused with what is allowed`(text: String, words: String) {
        let error = #expect(throws: SecureRTPError.self) { try MasterKey(parsing: text) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
