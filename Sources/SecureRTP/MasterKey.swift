/// A suite with its master key and salt, as signalling or a user gives them.
public struct MasterKey: Sendable, Hashable {
    public let suite: CryptoSuite
    /// `suite.masterKeyBytes` long.
    public let key: [UInt8]
    /// `suite.masterSaltBytes` long.
    public let salt: [UInt8]

    public init(suite: CryptoSuite, key: [UInt8], salt: [UInt8]) throws(SecureRTPError) {
        guard key.count == suite.masterKeyBytes, salt.count == suite.masterSaltBytes else {
            throw SecureRTPError(
                "\(suite.rawValue) takes a master key of \(suite.masterKeyBytes) bytes and a salt of "
                    + "\(suite.masterSaltBytes), not \(key.count) and \(salt.count)")
        }
        self.suite = suite
        self.key = key
        self.salt = salt
    }

    /// From the key and, behind it, the salt.
    public init(suite: CryptoSuite, keyAndSalt bytes: [UInt8]) throws(SecureRTPError) {
        let expected = suite.masterKeyBytes + suite.masterSaltBytes
        guard bytes.count == expected else {
            throw SecureRTPError(
                "\(suite.rawValue) takes \(expected) bytes of key and salt, but there are \(bytes.count)")
        }
        try self.init(
            suite: suite, key: Array(bytes[..<suite.masterKeyBytes]), salt: Array(bytes[suite.masterKeyBytes...]))
    }

    /// From what people write: `SUITE:BASE64`, an SDES line (`a=crypto:1 SUITE inline:BASE64|…`), or base64 or
    /// hexadecimal digits alone, whose length then tells the suite (30 bytes: AES-CM with 80 bits of tag; 28 and 44:
    /// AES-GCM).
    public init(parsing text: String) throws(SecureRTPError) {
        let line = text.split(separator: "\n").first.map(String.init) ?? ""
        if let inline = line.firstRange(of: "inline:") {
            let words = line[..<inline.lowerBound].split { " :\t".contains($0) }
            guard let name = words.last, let suite = CryptoSuite(name: String(name)) else {
                throw SecureRTPError("no suite before 'inline:'; suites are \(Self.suiteNames)")
            }
            let value = line[inline.upperBound...].prefix { $0 != "|" && $0 != " " }
            try self.init(suite: suite, keyAndSalt: try Self.bytes(String(value)))
        } else if let colon = line.firstIndex(of: ":") {
            let name = String(line[..<colon])
            guard let suite = CryptoSuite(name: name) else {
                throw SecureRTPError("unknown suite '\(name)'; suites are \(Self.suiteNames)")
            }
            try self.init(suite: suite, keyAndSalt: try Self.bytes(String(line[line.index(after: colon)...])))
        } else {
            let bytes = try Self.bytes(line)
            let suite = [
                30: CryptoSuite.aesCM128HMACSHA1With80, 28: .aeadAES128GCM, 44: .aeadAES256GCM,
            ][bytes.count]
            guard let suite else {
                throw SecureRTPError(
                    "\(bytes.count) bytes fit no suite; key and salt have 30 (AES-CM), 28 or 44 bytes (AES-GCM)")
            }
            try self.init(suite: suite, keyAndSalt: bytes)
        }
    }

    /// As `init(parsing:)` reads it.
    public var text: String { "\(suite.rawValue):\(Base64.encode(key + salt))" }

    private static var suiteNames: String { CryptoSuite.allCases.map(\.rawValue).joined(separator: ", ") }

    /// The bytes that base64 or hexadecimal digits stand for.
    public static func bytes(_ text: String) throws(SecureRTPError) -> [UInt8] {
        let trimmed = text.filter { !$0.isWhitespace }
        if trimmed.count >= 56, trimmed.count % 2 == 0, let bytes = Base64.hexadecimal(trimmed) { return bytes }
        guard let bytes = Base64.decode(trimmed) else {
            throw SecureRTPError("the key is neither base64 nor hexadecimal digits")
        }
        return bytes
    }
}

/// RFC 4648, without Foundation.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let word = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
            for i in 0..<4 {
                text.append(i <= group.count ? alphabet[Int(word >> UInt32(18 - 6 * i) & 0x3F)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var word: UInt32 = 0
        var bits = 0
        let digits = text.utf8.reversed().drop { $0 == UInt8(ascii: "=") }.reversed()
        for digit in digits {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            word = word << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        return digits.count % 4 == 1 ? nil : bytes
    }

    static func hexadecimal(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in text {
            guard let value = character.hexDigitValue, character.isASCII else { return nil }
            if let digit = high {
                bytes.append(digit << 4 | UInt8(value))
                high = nil
            } else {
                high = UInt8(value)
            }
        }
        return high == nil ? bytes : nil
    }
}
