import MediaCore
import SecureRTP
import Testing

/// Our own AES-CM and AES-GCM against libsrtp, packet by packet: same bytes out, same packets refused, for the same reasons.
@Suite struct AgainstLibSRTPTests {
    /// Debug builds are slow: the millions are run in the release tests.
    static let packets = 20_000

    @Test(arguments: CryptoSuite.allCases, [1, 2, 3] as [UInt64])
    func `random, reordered, replayed, forged and rolled-over packets fare the same`(
        suite: CryptoSuite, seed: UInt64
    ) throws {
        var comparison = try SRTPComparison(suite: suite, seed: seed)
        let outcome = try comparison.run(packets: Self.packets)
        #expect(outcome.difference == nil, "seed \(seed): \(outcome.difference ?? "")")
        #expect(outcome.opened > Self.packets / 2 && outcome.replayed > 100 && outcome.forged > 100)
        #expect(outcome.rollovers > 3 && outcome.tooOld > 10)
    }

    @Test(arguments: CryptoSuite.allCases) func `what is sealed is opened, and only once`(suite: CryptoSuite) throws {
        let key = try MasterKey(
            suite: suite, keyAndSalt: (0..<(suite.masterKeyBytes + suite.masterSaltBytes)).map { UInt8($0) })
        var protector = try SRTPProtector(key)
        var unprotector = try SRTPUnprotector(key)
        var packet = VectorTests.plain + [UInt8](repeating: 0, count: 20)
        var span = packet.mutableSpan
        #expect(protector.process(&span, length: 50) == .passed(50 + suite.tagBytes))
        let sealed = packet
        span = packet.mutableSpan
        #expect(unprotector.process(&span, length: 50 + suite.tagBytes) == .passed(50))
        #expect(Array(packet[..<50]) == VectorTests.plain)
        packet = sealed
        span = packet.mutableSpan
        #expect(unprotector.process(&span, length: 50 + suite.tagBytes) == .refused(.replayed))
        packet = VectorTests.plain + [UInt8](repeating: 0, count: 20)
        span = packet.mutableSpan
        #expect(protector.process(&span, length: 50) == .refused(.replayed), "the same nonce twice")
    }

    @Test(arguments: CryptoSuite.allCases)
    func `a wrong key opens nothing, and spoils no stream beside it`(suite: CryptoSuite) throws {
        let secret = (0..<(suite.masterKeyBytes + suite.masterSaltBytes)).map { UInt8($0) }
        let right = try MasterKey(suite: suite, keyAndSalt: secret)
        let wrong = try MasterKey(suite: suite, keyAndSalt: secret.map { $0 + 1 })
        var good = try SRTPProtector(right)
        var forger = try SRTPProtector(wrong)
        var unprotector = try SRTPUnprotector(right)
        let sealedLength = 50 + suite.tagBytes
        for number in UInt16(0)..<1000 {
            for isForged in [true, false] {
                var packet = VectorTests.plain + [UInt8](repeating: 0, count: 16)
                // A forger may claim any sequence number, and any SSRC.
                let claimed = isForged ? number &* 7919 : number
                (packet[2], packet[3]) = (UInt8(claimed >> 8), UInt8(claimed & 0xFF))
                if isForged { packet[8] = UInt8(truncatingIfNeeded: number) }
                var span = packet.mutableSpan
                _ = isForged ? forger.process(&span, length: 50) : good.process(&span, length: 50)
                let sealed = packet
                span = packet.mutableSpan
                let verdict = unprotector.process(&span, length: sealedLength)
                // By chance one forger in 2^32 would be let through with a tag of four bytes; not this one.
                #expect(verdict == (isForged ? .refused(.unauthenticated) : .passed(50)))
                if isForged && !suite.isAEAD { #expect(packet == sealed, "what is forged is not even decrypted") }
            }
        }
    }
}
