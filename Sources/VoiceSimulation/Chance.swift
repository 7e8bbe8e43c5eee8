import Glibc
import NetworkImpairment

/// Everything random in a simulation: each part draws from a stream of its own, so that one person more does not change
/// what all the others do.
struct Chance {
    private var generator: SplitMix64

    /// - Parameters:
    ///   - part: what draws.
    ///   - number: which one of its kind.
    init(seed: UInt64, _ part: Part, _ number: Int = 0) {
        var mixer = SplitMix64(state: seed ^ (part.rawValue << 32 | UInt64(truncatingIfNeeded: number)))
        _ = mixer.next()
        generator = SplitMix64(state: mixer.next())
    }

    enum Part: UInt64 {
        case instance = 1
        case person, uplink, gateway, intruder, owner, voices
    }

    mutating func next() -> UInt64 { generator.next() }

    /// 0..<1
    mutating func uniform() -> Double { Double(generator.next() >> 11) * 0x1p-53 }

    /// 0..<count
    mutating func below(_ count: Int) -> Int { count <= 1 ? 0 : Int(generator.next() % UInt64(count)) }

    mutating func isTrue(_ share: Double) -> Bool { uniform() < share }

    /// Distributed exponentially, in nanoseconds; at least a millisecond.
    mutating func time(mean: Int64) -> Int64 { max(Int64(-log(1 - uniform()) * Double(mean)), 1_000_000) }

    /// Distributed evenly.
    mutating func time(upTo most: Int64) -> Int64 { Int64(uniform() * Double(most)) }

    mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }
}

extension Duration {
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

extension Int64 {
    static let second: Int64 = 1_000_000_000
    static let millisecond: Int64 = 1_000_000
}
