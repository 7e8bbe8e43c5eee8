/// Gives out SSRCs that nobody else in the instance has.
struct SSRCTable: Sendable {
    /// A request for the own address (IP discovery) with this SSRC would look like one of STUN.
    static let magicCookie: UInt32 = 0x2112_A442

    private var given: Set<UInt32> = []
    /// What participants say that they send with; two may say the same, from different addresses.
    private var declared: [UInt32: Int] = [:]

    var isEmpty: Bool { given.isEmpty && declared.isEmpty }
    var count: Int { given.count + declared.count }

    mutating func next(_ random: inout some RandomNumberGenerator) -> UInt32 {
        while true {
            let ssrc = UInt32(truncatingIfNeeded: random.next())
            guard ssrc != 0, ssrc != Self.magicCookie, declared[ssrc] == nil else { continue }
            if given.insert(ssrc).inserted { return ssrc }
        }
    }

    mutating func release(_ ssrc: UInt32) { given.remove(ssrc) }

    /// Whether somebody was given it.
    func isGiven(_ ssrc: UInt32) -> Bool { given.contains(ssrc) }

    mutating func declare(_ ssrc: UInt32) { declared[ssrc, default: 0] += 1 }

    mutating func withdraw(_ ssrc: UInt32) {
        guard let count = declared[ssrc] else { return }
        declared[ssrc] = count > 1 ? count - 1 : nil
    }
}
