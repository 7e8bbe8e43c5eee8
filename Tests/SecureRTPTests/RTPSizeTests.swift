import MediaCore
import SecureRTP
import Testing

@Suite struct RTPSizeTests {
    static let key = (0..<32).map { UInt8($0) }

    @Test(arguments: RTPSizeMode.allCases, [false, true])
    func `the header stays clear, the rest comes back`(mode: RTPSizeMode, hasExtension: Bool) throws {
        var seal = try RTPSizeCipher(mode, key: Self.key, isSealing: true)
        var open = try RTPSizeCipher(mode, key: Self.key, isSealing: false)
        var plain = Array(VectorTests.plain)
        if hasExtension {
            plain[0] |= 0x10
            plain.insert(contentsOf: [0xBE, 0xDE, 0, 1, 0x10, 0x85, 0, 0], at: 12)
        }
        let clear = hasExtension ? 16 : 12
        for counter in UInt8(0)..<3 {
            var packet = plain + [UInt8](repeating: 0, count: RTPSizeMode.overheadBytes)
            let total = packet.count
            var span = packet.mutableSpan
            #expect(seal.process(&span, length: plain.count) == .passed(total))
            #expect(packet[..<clear] == plain[..<clear] && packet[clear..<plain.count] != plain[clear...])
            #expect(Array(packet.suffix(4)) == [0, 0, 0, counter])
            let sealed = packet
            span = packet.mutableSpan
            #expect(open.process(&span, length: total) == .passed(plain.count))
            #expect(Array(packet[..<plain.count]) == plain)
            var again = sealed
            span = again.mutableSpan
            #expect(open.process(&span, length: total) == .refused(.replayed))
            again = sealed
            again[20] ^= 1
            again[again.count - 1] = 77
            span = again.mutableSpan
            #expect(open.process(&span, length: total) == .refused(.unauthenticated))
        }
    }

    @Test(arguments: RTPSizeMode.allCases) func `short packets are malformed`(mode: RTPSizeMode) throws {
        var open = try RTPSizeCipher(mode, key: Self.key, isSealing: false)
        for length in 0..<32 {
            var packet = [UInt8](repeating: 0x80, count: length)
            var span = packet.mutableSpan
            #expect(open.process(&span, length: length) == .refused(.malformed))
        }
    }
}
