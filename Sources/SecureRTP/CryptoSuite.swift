/// A protection profile of SRTP.
public enum CryptoSuite: String, Sendable, Hashable, CaseIterable {
    case aesCM128HMACSHA1With80 = "aes-cm-128-hmac-sha1-80"
    case aesCM128HMACSHA1With32 = "aes-cm-128-hmac-sha1-32"
    case aeadAES128GCM = "aead-aes-128-gcm"
    case aeadAES256GCM = "aead-aes-256-gcm"

    public var masterKeyBytes: Int { self == .aeadAES256GCM ? 32 : 16 }
    /// 14 bytes for AES-CM (RFC 3711 §8.2), 12 for AES-GCM (RFC 7714 §12).
    public var masterSaltBytes: Int { isAEAD ? 12 : 14 }
    public var isAEAD: Bool { self == .aeadAES128GCM || self == .aeadAES256GCM }
    /// What protection adds to an RTP packet.
    public var tagBytes: Int {
        switch self {
        case .aesCM128HMACSHA1With80: 10
        case .aesCM128HMACSHA1With32: 4
        case .aeadAES128GCM, .aeadAES256GCM: 16
        }
    }

    /// The name in `a=crypto` lines (RFC 4568 §6.2, RFC 7714 §14.2).
    public var sdesName: String {
        switch self {
        case .aesCM128HMACSHA1With80: "AES_CM_128_HMAC_SHA1_80"
        case .aesCM128HMACSHA1With32: "AES_CM_128_HMAC_SHA1_32"
        case .aeadAES128GCM: "AEAD_AES_128_GCM"
        case .aeadAES256GCM: "AEAD_AES_256_GCM"
        }
    }

    /// By either name, in any case.
    public init?(name: String) {
        let lower = name.lowercased()
        guard let found = Self.allCases.first(where: { $0.rawValue == lower || $0.sdesName.lowercased() == lower })
        else { return nil }
        self = found
    }
}

/// Why keys cannot be used. The text is one line: what was found, what is allowed.
public struct SecureRTPError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
