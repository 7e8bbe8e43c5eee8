import Foundation

/// How packets are sealed, in the words of each program. The key is fixed: its bytes count up.
enum Protection: String, CaseIterable, Sendable {
    case none
    case cm80 = "AES_CM_128_HMAC_SHA1_80"
    case cm32 = "AES_CM_128_HMAC_SHA1_32"
    case gcm128 = "AEAD_AES_128_GCM"
    case gcm256 = "AEAD_AES_256_GCM"

    /// Of key and salt together.
    private var count: Int {
        switch self {
        case .none: 0
        case .cm80, .cm32: 16 + 14
        case .gcm128: 16 + 12
        case .gcm256: 32 + 12
        }
    }

    private func secret(first: UInt8 = 1) -> Data { Data((0..<count).map { first &+ UInt8($0) }) }

    var base64: String { secret().base64EncodedString() }
    var hexadecimal: String { secret().map { String(Int($0) + 0x100, radix: 16).dropFirst() }.joined() }

    /// For `--srtp-key` and `--srtp-out-key`.
    var key: String { "\(rawValue):\(base64)" }
    var wrongKey: String { "\(rawValue):\(secret(first: 2).base64EncodedString())" }

    /// What GStreamer calls the cipher and the authentication.
    var gstreamer: (cipher: String, authentication: String) {
        switch self {
        case .none: ("null", "null")
        case .cm80: ("aes-128-icm", "hmac-sha1-80")
        case .cm32: ("aes-128-icm", "hmac-sha1-32")
        case .gcm128: ("aes-128-gcm", "null")
        case .gcm256: ("aes-256-gcm", "null")
        }
    }
}
