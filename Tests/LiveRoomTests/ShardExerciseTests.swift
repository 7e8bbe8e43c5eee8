import LiveRoom
import Testing

/// A shard under made-up input keeps what it promises.
@Suite struct ShardExerciseTests {
    @Test(arguments: 0..<60) func `whatever comes is counted, and everything is given back`(seed: UInt64) throws {
        var random = SplitMix(state: seed)
        let bytes = (0..<1500).map { _ in UInt8.random(in: 0...255, using: &random) }
        ShardExercise.run(bytes, plan: try TestShard.guildVoice(), keys: [DatagramTests.key(1), DatagramTests.key(2)])
    }
}

/// Small, and the same for the same seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
