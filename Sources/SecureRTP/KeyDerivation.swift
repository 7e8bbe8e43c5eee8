internal import CCrypto

/// Session keys from master keys: AES in counter mode as a pseudo-random function (RFC 3711 §4.3, RFC 7714 §11).
package enum KeyDerivation {
    /// What a session key is for (RFC 3711 §4.3.2).
    package enum Label: UInt8 {
        case encryption = 0
        case authentication = 1
        case salt = 2
        case controlEncryption = 3
        case controlAuthentication = 4
        case controlSalt = 5
    }

    /// The labels of one protocol's keys.
    struct Labels {
        static let rtp = Labels(encryption: .encryption, authentication: .authentication, salt: .salt)
        static let rtcp = Labels(
            encryption: .controlEncryption, authentication: .controlAuthentication, salt: .controlSalt)

        let encryption, authentication, salt: Label
    }

    /// - Returns: nil if OpenSSL fails.
    package static func derive(_ label: Label, bytes count: Int, key: [UInt8], salt: [UInt8]) -> [UInt8]? {
        // x = label ‖ 0 (with a key derivation rate of 0), xor salt, then 16 zero bits of counter.
        var iv = salt + [UInt8](repeating: 0, count: 16 - salt.count)
        iv[7] ^= label.rawValue
        var output = [UInt8](repeating: 0, count: count)
        let isDone = unsafe parley_aes_ctr_stream(key, Int32(key.count), iv, &output, Int32(count))
        return isDone == 1 ? output : nil
    }
}
