import MediaCore
import SecureRTP
import Testing

/// Several SSRCs under one key.
@Suite struct SourceTests {
    static func key(_ suite: CryptoSuite) throws -> MasterKey {
        try MasterKey(
            suite: suite, keyAndSalt: (0..<(suite.masterKeyBytes + suite.masterSaltBytes)).map { UInt8($0) })
    }

    static func packet(_ ssrc: UInt8, _ number: UInt16) -> [UInt8] {
        var packet = VectorTests.plain + [UInt8](repeating: 0, count: 16)
        (packet[2], packet[3], packet[11]) = (UInt8(number >> 8), UInt8(number & 0xFF), ssrc)
        return packet
    }

    @Test(arguments: CryptoSuite.allCases)
    func `an SSRC that comes back goes on with its rollover counter and its replay list`(suite: CryptoSuite) throws {
        var protector = try SRTPProtector(Self.key(suite))
        var unprotector = try SRTPUnprotector(Self.key(suite))
        for (ssrc, number) in [(1, 65_534), (1, 65_535), (1, 0), (2, 7), (1, 1), (2, 8), (1, 2)] as [(UInt8, UInt16)] {
            var packet = Self.packet(ssrc, number)
            var span = packet.mutableSpan
            #expect(protector.process(&span, length: 50) == .passed(50 + suite.tagBytes), "\(ssrc), \(number)")
            let sealed = packet
            span = packet.mutableSpan
            #expect(unprotector.process(&span, length: 50 + suite.tagBytes) == .passed(50), "\(ssrc), \(number)")
            packet = sealed
            span = packet.mutableSpan
            #expect(unprotector.process(&span, length: 50 + suite.tagBytes) == .refused(.replayed))
        }
        for (ssrc, number) in [(2, 7), (1, 0), (2, 8), (1, 65_535)] as [(UInt8, UInt16)] {
            var packet = Self.packet(ssrc, number)
            var span = packet.mutableSpan
            #expect(protector.process(&span, length: 50) == .refused(.replayed), "\(ssrc), \(number)")
        }
    }

    @Test func `the SSRC that was heard least recently is forgotten for a fifth`() throws {
        var protector = try SRTPProtector(Self.key(.aesCM128HMACSHA1With80))
        var unprotector = try SRTPUnprotector(Self.key(.aesCM128HMACSHA1With80))
        var sealed: [UInt8: [UInt8]] = [:]
        for ssrc in UInt8(1)...5 {
            var packet = Self.packet(ssrc, 9)
            var span = packet.mutableSpan
            #expect(protector.process(&span, length: 50) == .passed(60))
            sealed[ssrc] = packet
        }
        func open(_ ssrc: UInt8) -> PacketVerdict {
            var packet = sealed[ssrc] ?? []
            var span = packet.mutableSpan
            return unprotector.process(&span, length: 60)
        }
        // 1 is heard again before the fifth, so 2 has to go; that the others are asked for changes nothing.
        for ssrc in UInt8(1)...4 { #expect(open(ssrc) == .passed(50)) }
        var again = Self.packet(1, 10)
        var fresh = try SRTPProtector(Self.key(.aesCM128HMACSHA1With80))
        var span = again.mutableSpan
        #expect(fresh.process(&span, length: 50) == .passed(60))
        span = again.mutableSpan
        #expect(unprotector.process(&span, length: 60) == .passed(50))
        #expect(open(5) == .passed(50))
        for ssrc in [1, 3, 4, 5] as [UInt8] { #expect(open(ssrc) == .refused(.replayed), "\(ssrc)") }
        #expect(open(2) == .passed(50), "what is forgotten cannot be refused")
    }

    @Test(arguments: CryptoSuite.allCases) func `what is too short for its header and a tag is malformed`(
        suite: CryptoSuite
    ) throws {
        var unprotector = try SRTPUnprotector(Self.key(suite))
        for length in 0..<(12 + suite.tagBytes) {
            var packet = Array(Self.packet(1, 1)[..<length])
            var span = packet.mutableSpan
            #expect(unprotector.process(&span, length: length) == .refused(.malformed), "\(length) bytes")
        }
        // An extension that claims more than there is.
        var packet = Self.packet(1, 1)
        packet[0] |= 0x10
        (packet[14], packet[15]) = (0xFF, 0xFF)
        var span = packet.mutableSpan
        #expect(unprotector.process(&span, length: 66) == .refused(.malformed))
    }

    @Test(arguments: CryptoSuite.allCases) func `a packet without a payload is sealed and opened`(
        suite: CryptoSuite
    ) throws {
        var protector = try SRTPProtector(Self.key(suite))
        var unprotector = try SRTPUnprotector(Self.key(suite))
        var packet = Array(Self.packet(1, 1)[..<12]) + [UInt8](repeating: 0, count: 16)
        var span = packet.mutableSpan
        #expect(protector.process(&span, length: 12) == .passed(12 + suite.tagBytes))
        span = packet.mutableSpan
        #expect(unprotector.process(&span, length: 12 + suite.tagBytes) == .passed(12))
    }
}
