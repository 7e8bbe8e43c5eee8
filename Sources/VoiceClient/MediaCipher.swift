import BasicContainers
package import MediaCore
package import SecureRTP

/// Seals or opens a client's packets: by SRTP, by one of the voice gateway's modes, or not at all.
package struct MediaCipher: ~Copyable {
    /// None for packets that stay open. An array lends its element, which an existential on its own does not.
    private var filters: RigidArray<any PacketFilter & ~Copyable>
    package let maximumGrowth: Int

    package init(_ key: KeyMaterial?, isSealing: Bool) throws(SecureRTPError) {
        var filters = RigidArray<any PacketFilter & ~Copyable>(capacity: 1)
        if let key {
            if let mode = RTPSizeMode(rawValue: key.suite) {
                filters.append(try RTPSizeCipher(mode, key: key.secret, isSealing: isSealing))
            } else {
                guard let suite = CryptoSuite(name: key.suite) else {
                    throw SecureRTPError("'\(key.suite)' is no suite that is known here")
                }
                let master = try MasterKey(suite: suite, keyAndSalt: key.secret)
                if isSealing {
                    filters.append(try SRTPProtector(master))
                } else {
                    filters.append(try SRTPUnprotector(master))
                }
            }
        }
        maximumGrowth = filters.isEmpty ? 0 : filters.span[0].maximumGrowth
        self.filters = filters
    }

    /// - Returns: the packet's new length; nil if it is refused.
    package mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> Int? {
        guard !filters.isEmpty else { return length }
        guard case .passed(let count) = filters[0].process(&bytes, length: length) else { return nil }
        return count
    }
}
