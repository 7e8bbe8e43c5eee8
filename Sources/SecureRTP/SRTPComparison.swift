import MediaCore
import RTPWire

/// Runs the same packets through our own ciphers and through libsrtp, and looks for any difference: what the tests run,
/// in debug by thousands, in release by millions.
package struct SRTPComparison: ~Copyable {
    package struct Outcome: Sendable {
        /// The first difference, in words; nil if there was none.
        package var difference: String?
        package var opened = 0
        package var replayed = 0
        package var tooOld = 0
        package var forged = 0
        package var rollovers = 0
    }

    /// Packets that a sender is behind with, at most: more than the replay window.
    private static let keptPackets = 400
    private static let window = 128

    private var random: UInt64
    private let referenceOut: LibSRTPSession
    private let referenceIn: LibSRTPSession
    private var protector: SRTPProtector
    private var unprotector: SRTPUnprotector
    private var kept: [[UInt8]] = []
    /// Of each SSRC, the last that was sent.
    private var sequenceNumbers: [UInt16]
    /// Which of them is sending.
    private var source = 0
    /// Whether a packet that is refused is left as it came: AES-GCM decrypts before it knows.
    private let keepsRefused: Bool

    package init(suite: CryptoSuite, seed: UInt64) throws {
        var bytes: [UInt8] = []
        for i in 0..<(suite.masterKeyBytes + suite.masterSaltBytes) { bytes.append(UInt8(truncatingIfNeeded: i) &* 37) }
        let key = try MasterKey(suite: suite, keyAndSalt: bytes)
        let referenceOut = try LibSRTPSession(key, .outbound, window: Self.window)
        let referenceIn = try LibSRTPSession(key, .inbound, window: Self.window)
        let protector = try SRTPProtector(key)
        let unprotector = try SRTPUnprotector(key, replayWindow: Self.window)
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        self.referenceOut = referenceOut
        self.referenceIn = referenceIn
        self.protector = protector
        self.unprotector = unprotector
        sequenceNumbers = (1...3).map { UInt16(truncatingIfNeeded: seed &* 10_007 &* $0) }
        keepsRefused = !suite.isAEAD
    }

    /// Sends so many packets: new ones mostly, with jumps; then old, repeated and forged ones.
    package mutating func run(packets: Int) throws -> Outcome {
        var outcome = Outcome()
        for number in 0..<packets where outcome.difference == nil {
            sendNew(&outcome, number)
            if next(4) == 0 { receiveOld(&outcome, number) }
            if next(10) == 0 { receiveForged(&outcome, number) }
        }
        return outcome
    }

    private mutating func sendNew(_ outcome: inout Outcome, _ number: Int) {
        // Jumps make the sequence numbers roll over often; libsrtp and RFC 3711 allow up to half of the range.
        if next(300) == 0 { source = next(sequenceNumbers.count) }
        var sequenceNumber = sequenceNumbers[source]
        let step = next(50) == 0 ? UInt16(1 + next(20_000)) : 1
        if UInt32(sequenceNumber) + UInt32(step) > 0xFFFF { outcome.rollovers += 1 }
        sequenceNumber &+= step
        sequenceNumbers[source] = sequenceNumber
        let packet = makePacket(sequenceNumber)
        var ours = packet + [UInt8](repeating: 0, count: 32)
        var theirs = ours
        var span = ours.mutableSpan
        let verdict = protector.process(&span, length: packet.count)
        span = theirs.mutableSpan
        let reference = referenceOut.process(.protect, &span, length: packet.count)
        guard case .passed(let length) = verdict, case .success(let expected) = reference, length == expected,
            ours == theirs
        else {
            outcome.difference = "packet \(number), sealing sequence number \(sequenceNumber): \(verdict), \(reference)"
            return
        }
        kept.append(Array(ours[..<length]))
        if kept.count > Self.keptPackets { kept.removeFirst() }
        // One in eight is lost, or comes later; but none that jumps, lest two jumps add up to more than half of the range,
        // after which no receiver could tell the rollover counter.
        if step > 1 || next(8) != 0 { receive(Array(ours[..<length]), &outcome, number) }
    }

    private mutating func receiveOld(_ outcome: inout Outcome, _ number: Int) {
        let back = next(3) == 0 ? next(kept.count) : next(min(kept.count, 40))
        receive(kept[kept.count - 1 - back], &outcome, number)
    }

    private mutating func receiveForged(_ outcome: inout Outcome, _ number: Int) {
        var packet = kept[kept.count - 1 - next(min(kept.count, 20))]
        if next(5) == 0 { packet.removeLast(next(packet.count)) }
        // The version and the extension stay: those two tell libsrtp and us apart only in what a packet is called.
        if packet.count > 8 { packet[1 + next(packet.count - 1)] ^= 1 << UInt8(next(8)) }
        receive(packet, &outcome, number)
    }

    private mutating func receive(_ packet: [UInt8], _ outcome: inout Outcome, _ number: Int) {
        var ours = packet
        var theirs = packet
        guard !packet.isEmpty else { return }
        var span = ours.mutableSpan
        let verdict = unprotector.process(&span, length: packet.count)
        span = theirs.mutableSpan
        let reference = referenceIn.process(.unprotect, &span, length: packet.count)
        switch (verdict, reference) {
        case (.passed(let length), .success(let expected)) where length == expected:
            outcome.opened += 1
            if ours[..<length] != theirs[..<length] { outcome.difference = "packet \(number): other bytes" }
        case (.refused(.replayed), .failure(let status)) where status.isReplay: outcome.replayed += 1
        case (.refused(.tooOld), .failure(let status)) where status.isTooOld: outcome.tooOld += 1
        case (.refused(.unauthenticated), .failure(let status)) where status.isUnauthenticated: outcome.forged += 1
        case (.refused(.malformed), .failure(let status)) where status.isMalformed: break
        default: outcome.difference = "packet \(number), opening: \(verdict), \(reference)"
        }
        if keepsRefused, case .refused = verdict, ours != packet {
            outcome.difference = "packet \(number): \(verdict), but not as it came"
        }
    }

    private mutating func makePacket(_ sequenceNumber: UInt16) -> [UInt8] {
        var packet: [UInt8] = [0x80, 0x6F, UInt8(sequenceNumber >> 8), UInt8(sequenceNumber & 0xFF)]
        for _ in 0..<4 { packet.append(UInt8(next(256))) }
        packet += [1, 2, 3, 4 + UInt8(source)]
        let sources = next(4) == 0 ? next(16) : 0
        packet[0] |= UInt8(sources)
        for _ in 0..<(4 * sources) { packet.append(UInt8(next(256))) }
        if next(3) == 0 {
            packet[0] |= 0x10
            packet += [0xBE, 0xDE, 0, 1, 0x10, 0x85, 0, 0]
        }
        for _ in 0..<next(300) { packet.append(UInt8(next(256))) }
        return packet
    }

    /// 0..<limit
    private mutating func next(_ limit: Int) -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(random >> 11) % max(limit, 1)
    }
}
