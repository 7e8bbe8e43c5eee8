import BasicContainers
import MediaCore

/// Seals and opens the same RTCP datagrams by ourselves and by libsrtp, and looks for any difference.
package struct SRTCPComparison: ~Copyable {
    /// Datagrams that a sender is behind with, at most: more than libsrtp's replay window, which is 128.
    private static let keptDatagrams = 400
    private static let sources = 3

    private var random: UInt64
    private let referenceOut: LibSRTPSession
    private let referenceIn: LibSRTPSession
    /// libsrtp counts what each SSRC sends, and a sender of ours has one.
    private var protectors: RigidArray<SRTCPProtector>
    private var unprotector: SRTCPUnprotector
    private var kept: [[UInt8]] = []
    private let keepsRefused: Bool

    /// libsrtp's first index is 1, and 0 with us (RFC 3711 §3.4), so that ours begins with one.
    package init(suite: CryptoSuite, seed: UInt64) throws {
        var bytes: [UInt8] = []
        for i in 0..<(suite.masterKeyBytes + suite.masterSaltBytes) { bytes.append(UInt8(truncatingIfNeeded: i) &* 41) }
        let key = try MasterKey(suite: suite, keyAndSalt: bytes)
        let referenceOut = try LibSRTPSession(key, .outbound, window: 128)
        let referenceIn = try LibSRTPSession(key, .inbound, window: 128)
        var protectors = RigidArray<SRTCPProtector>(capacity: Self.sources)
        for _ in 0..<Self.sources { protectors.append(try SRTCPProtector(key, firstIndex: 1)) }
        let unprotector = try SRTCPUnprotector(key)
        random = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        self.referenceOut = referenceOut
        self.referenceIn = referenceIn
        self.protectors = protectors
        self.unprotector = unprotector
        keepsRefused = !suite.isAEAD
    }

    /// Sends so many datagrams, and receives them in order, late, again or forged.
    package mutating func run(datagrams: Int) -> SRTPComparison.Outcome {
        var outcome = SRTPComparison.Outcome()
        for number in 0..<datagrams where outcome.difference == nil {
            send(&outcome, number)
            if next(4) == 0 { receive(kept[kept.count - 1 - next(kept.count)], &outcome, number) }
            if next(8) == 0 { receiveForged(&outcome, number) }
        }
        return outcome
    }

    private mutating func send(_ outcome: inout SRTPComparison.Outcome, _ number: Int) {
        let source = next(Self.sources)
        let plain = makeDatagram(source)
        var ours = plain + [UInt8](repeating: 0, count: SRTCP.maximumGrowth)
        var theirs = ours
        var span = ours.mutableSpan
        let verdict = protectors[source].process(&span, length: plain.count)
        span = theirs.mutableSpan
        let reference = referenceOut.process(.protectRTCP, &span, length: plain.count)
        guard case .passed(let length) = verdict, case .success(length) = reference,
            ours[..<length] == theirs[..<length]
        else {
            outcome.difference = "datagram \(number), sealing: \(verdict), \(reference), or other bytes"
            return
        }
        kept.append(Array(ours[..<length]))
        if kept.count > Self.keptDatagrams { kept.removeFirst() }
        if next(8) != 0 { receive(Array(ours[..<length]), &outcome, number) }
    }

    private mutating func receiveForged(_ outcome: inout SRTPComparison.Outcome, _ number: Int) {
        var datagram = kept[kept.count - 1 - next(min(kept.count, 20))]
        if next(5) == 0 { datagram.removeLast(next(datagram.count)) }
        if !datagram.isEmpty { datagram[next(datagram.count)] ^= 1 << UInt8(next(8)) }
        receive(datagram, &outcome, number)
    }

    private mutating func receive(
        _ datagram: [UInt8], _ outcome: inout SRTPComparison.Outcome, _ number: Int
    ) {
        guard !datagram.isEmpty else { return }
        var ours = datagram
        var theirs = datagram
        var span = ours.mutableSpan
        let verdict = unprotector.process(&span, length: datagram.count)
        span = theirs.mutableSpan
        let reference = referenceIn.process(.unprotectRTCP, &span, length: datagram.count)
        switch (verdict, reference) {
        case (.passed(let length), .success(let expected)) where length == expected:
            outcome.opened += 1
            if ours[..<length] != theirs[..<length] { outcome.difference = "datagram \(number): other bytes" }
        case (.refused(.replayed), .failure(let status)) where status.isReplay: outcome.replayed += 1
        case (.refused(.tooOld), .failure(let status)) where status.isTooOld: outcome.tooOld += 1
        case (.refused(.unauthenticated), .failure(let status)) where status.isUnauthenticated: outcome.forged += 1
        case (.refused(.malformed), .failure(let status)) where status.isMalformed || status.isUnencrypted: break
        // Without the E flag, libsrtp's AES-GCM looks whether it is at least new and authentic.
        case (.refused(.malformed), .failure) where !keepsRefused && datagram[datagram.count - 4] < 0x80: break
        default: outcome.difference = "datagram \(number), opening: \(verdict), \(reference)"
        }
        if keepsRefused, case .refused = verdict, ours != datagram {
            outcome.difference = "datagram \(number): \(verdict), but not as it came"
        }
    }

    /// What stands in it is nobody's business here; whole words, as always with RTCP.
    private mutating func makeDatagram(_ source: Int) -> [UInt8] {
        let words = 1 + next(60)
        var datagram: [UInt8] = [0x80, 200, 0, UInt8(words), 1, 2, 3, 4 + UInt8(source)]
        for _ in 0..<(4 * (words - 1)) { datagram.append(UInt8(next(256))) }
        return datagram
    }

    /// 0..<limit
    private mutating func next(_ limit: Int) -> Int {
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Int(random >> 11) % max(limit, 1)
    }
}
