import FileAccess
public import MediaCore
public import SecureRTP

/// Which key opens which stream.
public struct KeyRing: Sendable, Hashable {
    /// Keys that a ring can hold.
    public static let maximumKeys = 4096

    private var bySSRC: [UInt32: KeyMaterial] = [:]
    private var forAll: KeyMaterial?

    public init() {}

    public var isEmpty: Bool { bySSRC.isEmpty && forAll == nil }

    /// The key for a stream: its own, else the one for all.
    public subscript(ssrc: UInt32) -> KeyMaterial? { bySSRC[ssrc] ?? forAll }

    /// Adds a key: `KEY` for all streams, `SSRC=KEY` for one.
    ///
    /// A key is `SUITE:BASE64`, an SDES line (`a=crypto:1 SUITE inline:BASE64`), or the bytes of key and salt in base64 or
    /// hexadecimal; for Discord's modes, `aead_aes256_gcm_rtpsize:BASE64`.
    public mutating func add(_ text: String) throws(SecureRTPError) {
        guard bySSRC.count < Self.maximumKeys else { throw SecureRTPError("more than \(Self.maximumKeys) keys") }
        if let equals = text.firstIndex(of: "="), let ssrc = Self.ssrc(text[..<equals]) {
            bySSRC[ssrc] = try Self.key(String(text[text.index(after: equals)...]))
        } else {
            forAll = try Self.key(text)
        }
    }

    /// Adds the keys of a text: one a line; empty lines and those that begin with `#` are passed over.
    public mutating func add(lines text: String, file: String) throws(SecureRTPError) {
        // A line may end as it does on Windows: to Swift that is one character, too.
        for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let trimmed = String(line.drop(while: \.isWhitespace))
            guard !trimmed.isEmpty, !trimmed.hasPrefix("#") else { continue }
            do { try add(trimmed) } catch {
                throw SecureRTPError("\(file):\(number + 1): \(error.description)")
            }
        }
    }

    private static func key(_ text: String) throws(SecureRTPError) -> KeyMaterial {
        for mode in RTPSizeMode.allCases where text.hasPrefix(mode.rawValue + ":") {
            let secret = try MasterKey.bytes(String(text.dropFirst(mode.rawValue.count + 1)))
            guard secret.count == RTPSizeMode.keyBytes else {
                throw SecureRTPError("\(mode.rawValue) takes a key of 32 bytes, not \(secret.count)")
            }
            return KeyMaterial(suite: mode.rawValue, secret: secret)
        }
        let master = try MasterKey(parsing: text)
        return KeyMaterial(suite: master.suite.rawValue, secret: master.key + master.salt)
    }

    /// `0x1a2b3c4d` or decimal.
    public static func ssrc(_ text: some StringProtocol) -> UInt32? {
        text.lowercased().hasPrefix("0x") ? UInt32(text.dropFirst(2), radix: 16) : UInt32(text)
    }
}
