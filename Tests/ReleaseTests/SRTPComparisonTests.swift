import SecureRTP
import Testing

#if !DEBUG
    /// Our own AES-CM and AES-GCM against libsrtp over millions of packets; the debug tests run thousands.
    @Suite struct ReleaseTestsOfSRTP {
        static let packets = 1_000_000

        @Test(arguments: CryptoSuite.allCases, [101, 102] as [UInt64])
        func `millions of random, reordered and rolled-over packets fare as with libsrtp`(
            suite: CryptoSuite, seed: UInt64
        ) throws {
            var comparison = try SRTPComparison(suite: suite, seed: seed)
            let outcome = try comparison.run(packets: Self.packets)
            #expect(outcome.difference == nil, "seed \(seed): \(outcome.difference ?? "")")
            #expect(outcome.opened > Self.packets / 2 && outcome.rollovers > 1000)
            #expect(outcome.replayed > 10_000 && outcome.forged > 10_000 && outcome.tooOld > 1000)
        }

        @Test(arguments: CryptoSuite.allCases)
        func `a million control packets fare as with libsrtp`(suite: CryptoSuite) throws {
            var comparison = try SRTCPComparison(suite: suite, seed: 103)
            let outcome = comparison.run(datagrams: Self.packets)
            #expect(outcome.difference == nil, "\(outcome.difference ?? "")")
            #expect(outcome.opened > Self.packets / 2 && outcome.replayed > 10_000)
            #expect(outcome.forged > 10_000 && outcome.tooOld > 1000)
        }
    }
#endif
