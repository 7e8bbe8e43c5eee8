package import MediaCore

/// A sender of SRTP for exercises of what receives it: always the same key.
package final class Sealer {
    package static let key = KeyMaterial(
        suite: CryptoSuite.aeadAES128GCM.rawValue, secret: (0..<28).map { UInt8($0) })

    private var protector: SRTPProtector

    package init() throws(SecureRTPError) {
        protector = try SRTPProtector(MasterKey(suite: .aeadAES128GCM, keyAndSalt: Self.key.secret))
    }

    /// - Returns: the sealed packet; the packet as it is if it cannot be sealed.
    package func seal(_ packet: [UInt8]) -> [UInt8] {
        var bytes = packet + [UInt8](repeating: 0, count: protector.maximumGrowth)
        var span = bytes.mutableSpan
        guard case .passed(let length) = protector.process(&span, length: packet.count) else { return packet }
        return Array(bytes[..<length])
    }
}
