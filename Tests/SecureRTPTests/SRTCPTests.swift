import MediaCore
import SecureRTP
import Testing

/// Control packets: by RFC 3711 §3.4 and RFC 7714 §9, and as libsrtp has them.
@Suite struct SRTCPTests {
    static let datagrams = 20_000
    static let plain = hex(
        "81c8000c4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef")

    static func seal(_ protector: inout SRTCPProtector) throws -> [UInt8] {
        var bytes = plain + [UInt8](repeating: 0, count: SRTCP.maximumGrowth)
        var span = bytes.mutableSpan
        let verdict = protector.process(&span, length: plain.count)
        guard case .passed(let length) = verdict else { throw SecureRTPError("\(verdict)") }
        return Array(bytes[..<length])
    }

    static func open(_ unprotector: inout SRTCPUnprotector, _ sealed: [UInt8]) -> (PacketVerdict, [UInt8]) {
        var bytes = sealed
        var span = bytes.mutableSpan
        let verdict = unprotector.process(&span, length: sealed.count)
        if case .passed(let length) = verdict { bytes.removeSubrange(length...) }
        return (verdict, bytes)
    }

    /// What libsrtp makes of it; nil if it refuses it.
    static func open(_ reference: borrowing LibSRTPSession, _ sealed: [UInt8]) -> [UInt8]? {
        var bytes = sealed
        var span = bytes.mutableSpan
        guard case .success(let length) = reference.process(.unprotectRTCP, &span, length: sealed.count) else {
            return nil
        }
        return Array(bytes[..<length])
    }

    @Test(arguments: CryptoSuite.allCases, [1, 2, 3] as [UInt64])
    func `libsrtp seals to the same bytes, and opens and refuses the same`(suite: CryptoSuite, seed: UInt64) throws {
        var comparison = try SRTCPComparison(suite: suite, seed: seed)
        let outcome = comparison.run(datagrams: Self.datagrams)
        #expect(outcome.difference == nil, "seed \(seed): \(outcome.difference ?? "")")
        #expect(outcome.opened > Self.datagrams / 2 && outcome.replayed > 100, "\(outcome)")
        #expect(outcome.forged > 100 && outcome.tooOld > 100, "\(outcome)")
    }

    @Test(arguments: CryptoSuite.allCases) func `indices are counted from 0, one a datagram`(suite: CryptoSuite) throws
    {
        let key = try SourceTests.key(suite)
        var protector = try SRTCPProtector(key)
        var unprotector = try SRTCPUnprotector(key)
        let reference = try LibSRTPSession(key, .inbound, window: 128)
        for index in UInt32(0)..<300 {
            let sealed = try Self.seal(&protector)
            // A short tag is for RTP alone.
            #expect(sealed.count == Self.plain.count + 4 + (suite.isAEAD ? 16 : 10))
            #expect(sealed[..<8] == Self.plain[..<8] && sealed[8..<Self.plain.count] != Self.plain[8...])
            let place = sealed.count - (suite.isAEAD ? 4 : 14)
            #expect(sealed[place..<(place + 4)].reduce(0) { $0 << 8 | UInt32($1) } == 1 << 31 | index)
            let (verdict, opened) = Self.open(&unprotector, sealed)
            #expect(verdict == .passed(Self.plain.count) && opened == Self.plain)
            let theirs = Self.open(reference, sealed)
            #expect(theirs == Self.plain)
            let (again, _) = Self.open(&unprotector, sealed)
            #expect(again == .refused(.replayed))
        }
    }

    @Test(arguments: CryptoSuite.allCases) func `when the indices are used up nothing more goes out`(
        suite: CryptoSuite
    ) throws {
        let key = try SourceTests.key(suite)
        var protector = try SRTCPProtector(key, firstIndex: 0x7FFF_FFF0)
        var unprotector = try SRTCPUnprotector(key)
        let reference = try LibSRTPSession(key, .inbound, window: 128)
        for _ in 0..<16 {
            let sealed = try Self.seal(&protector)
            let (verdict, opened) = Self.open(&unprotector, sealed)
            #expect(verdict == .passed(Self.plain.count) && opened == Self.plain)
            let theirs = Self.open(reference, sealed)
            #expect(theirs == Self.plain)
        }
        var bytes = Self.plain + [UInt8](repeating: 0, count: SRTCP.maximumGrowth)
        var span = bytes.mutableSpan
        #expect(protector.process(&span, length: Self.plain.count) == .refused(.exhausted))
        #expect(Array(bytes[..<Self.plain.count]) == Self.plain, "nothing is sealed with an index that was used")
    }

    @Test(arguments: CryptoSuite.allCases) func `what claims to be clear, or is too short, is malformed`(
        suite: CryptoSuite
    ) throws {
        let key = try SourceTests.key(suite)
        var protector = try SRTCPProtector(key)
        var unprotector = try SRTCPUnprotector(key)
        var sealed = try Self.seal(&protector)
        for length in 0..<(8 + 4 + (suite.isAEAD ? 16 : 10)) {
            let (verdict, _) = Self.open(&unprotector, Array(sealed[..<length]))
            #expect(verdict == .refused(.malformed))
        }
        sealed[sealed.count - (suite.isAEAD ? 4 : 14)] &= 0x7F
        let (verdict, _) = Self.open(&unprotector, sealed)
        #expect(verdict == .refused(.malformed))
    }

    @Test(arguments: CryptoSuite.allCases) func `RTP and RTCP have keys of their own`(suite: CryptoSuite) throws {
        let key = try SourceTests.key(suite)
        var protector = try SRTPProtector(key)
        var bytes = Self.plain + [UInt8](repeating: 0, count: SRTCP.maximumGrowth)
        var span = bytes.mutableSpan
        guard case .passed(let length) = protector.processControl(&span, length: Self.plain.count) else {
            Issue.record("not sealed")
            return
        }
        var unprotector = try SRTCPUnprotector(key)
        let (verdict, opened) = Self.open(&unprotector, Array(bytes[..<length]))
        #expect(verdict == .passed(Self.plain.count) && opened == Self.plain)
        var wrong = try SRTPUnprotector(key)
        span = bytes.mutableSpan
        #expect(wrong.process(&span, length: length) != .passed(Self.plain.count))
    }

    @Test func `Discord's modes have none`() throws {
        var cipher = try RTPSizeCipher(.aes256GCM, key: [UInt8](repeating: 1, count: 32), isSealing: true)
        var bytes = Self.plain + [UInt8](repeating: 0, count: SRTCP.maximumGrowth)
        var span = bytes.mutableSpan
        #expect(cipher.processControl(&span, length: Self.plain.count) == .refused(.malformed))
    }
}
