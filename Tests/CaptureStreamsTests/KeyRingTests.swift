import CaptureStreams
import MediaCore
import SecureRTP
import Testing

@Suite struct KeyRingTests {
    private static let secret = (0..<28).map { UInt8($0) }
    /// Of `secret`.
    private static let base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw=="
    private static let hexadecimal = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b"

    @Test(arguments: [
        "AEAD_AES_128_GCM:\(base64)", "aead-aes-128-gcm:\(base64)", base64, hexadecimal, hexadecimal.uppercased(),
        "a=crypto:1 AEAD_AES_128_GCM inline:\(base64)", "a=crypto:7 AEAD_AES_128_GCM inline:\(base64)|2^31|1:1",
    ])
    func `every way to write a key is the same key`(text: String) throws {
        let expected = KeyMaterial(suite: "aead-aes-128-gcm", secret: Self.secret)
        var ring = KeyRing()
        try ring.add(text)
        #expect(ring[1] == expected && ring[.max] == expected)
        var one = KeyRing()
        try one.add("0x1A2b3C4d=\(text)")
        #expect(one[0x1A2B_3C4D] == expected && one[1] == nil)
        var decimal = KeyRing()
        try decimal.add("42=\(text)")
        #expect(decimal[42] == expected)
    }

    @Test(arguments: [
        ("AES_CM_128_HMAC_SHA1_80", 30), ("AES_CM_128_HMAC_SHA1_32", 30), ("AEAD_AES_256_GCM", 44),
        ("aead_aes256_gcm_rtpsize", 32), ("aead_xchacha20_poly1305_rtpsize", 32),
    ])
    func `every suite takes its own number of bytes`(suite: String, bytes: Int) throws {
        let key = String(repeating: "A", count: (bytes * 8 + 5) / 6)
        var ring = KeyRing()
        try ring.add("\(suite):\(key)")
        #expect(ring[1]?.secret == [UInt8](repeating: 0, count: bytes))
        let error = #expect(throws: SecureRTPError.self) { try ring.add("\(suite):AAAA") }
        #expect(error?.description.contains("\(bytes) bytes") == true)
    }

    @Test(arguments: [
        ("", "fit no suite"), ("AdZ3!", "neither base64 nor hexadecimal"), ("AdZ3", "3 bytes fit no suite"),
        ("ROT13:AAAA", "unknown suite 'ROT13'"), ("a=crypto:1 NULL inline:AAAA", "no suite before 'inline:'"),
        ("0x1=", "fit no suite"),
    ])
    func `what is no key says why`(text: String, says: String) {
        var ring = KeyRing()
        let error = #expect(throws: SecureRTPError.self) { try ring.add(text) }
        #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
        #expect(ring.isEmpty)
    }

    @Test func `a text holds one key in each line, and an error names the line`() throws {
        var ring = KeyRing()
        try ring.add(lines: "# a comment\r\n\n  0x7=\(Self.base64)\r\n8=\(Self.hexadecimal)\n", file: "k")
        #expect(ring[7]?.secret == Self.secret && ring[8]?.secret == Self.secret && ring[9] == nil)
        let error = #expect(throws: SecureRTPError.self) { try ring.add(lines: "# x\n\n7=oops!\n", file: "my.keys") }
        #expect(error?.description.hasPrefix("my.keys:3: ") == true)
    }

    @Test func `a stream's own key goes before that for all`() throws {
        var ring = KeyRing()
        try ring.add(Self.base64)
        try ring.add("5=AES_CM_128_HMAC_SHA1_80:\(String(repeating: "A", count: 40))")
        #expect(ring[5]?.suite == "aes-cm-128-hmac-sha1-80" && ring[6]?.suite == "aead-aes-128-gcm")
    }

    @Test func `a ring holds so many keys and no more`() throws {
        var ring = KeyRing()
        for ssrc in 0..<KeyRing.maximumKeys { try ring.add("\(ssrc)=\(Self.base64)") }
        #expect(throws: SecureRTPError.self) { try ring.add("99999=\(Self.base64)") }
    }
}
