import Foundation
import LiveRoom
import MediaCore
import Testing

/// Senders who stop without a word: no silence frames, nothing.
@Suite struct SuddenStopTests {
    /// How a background sounds: of each noise sample, what is left of the one before.
    static let colours: [Float] = [0, 0.5, 0.9, 0.98]
    /// Root mean square, in dBFS.
    static let levels: [Double] = [-60, -50, -45, -41, -36]

    /// Sentences of 1.2 s with pauses of 0.8 s, over noise.
    static func speech(over level: Double, colour: Float) -> [Float] {
        var random: UInt32 = 7
        var noise: [Float] = []
        var last: Float = 0
        for _ in 0..<192_000 {
            random = random &* 1_664_525 &+ 1_013_904_223
            last = colour * last + Float(Int32(bitPattern: random)) / 2_147_483_648
            noise.append(last)
        }
        let power = noise.reduce(0) { $0 + $1 * $1 } / Float(noise.count)
        let gain = Float(pow(10, level / 20)) / power.squareRoot()
        return noise.indices.map { i in
            let t = Double(i) / 48_000
            let isTalking = t.truncatingRemainder(dividingBy: 2) < 1.2
            let voice = isTalking ? 0.1 * sin(2 * .pi * 220 * t) * (1.1 + sin(2 * .pi * 5 * t)) : 0
            return noise[i] * gain + Float(voice)
        }
    }

    @Test(arguments: levels, colours)
    func `whoever is cut off in the middle of a word is not heard for long`(level: Double, colour: Float) throws {
        let shard = try TestShard()
        shard.join(1)
        shard.join(2)
        let talker = try Talker(1, saying: Self.speech(over: level, colour: colour))
        // Into the middle of the third sentence.
        shard.run(225, talking: [talker])
        #expect(shard.speaking.last?.isSpeaking == true)
        shard.events.removeAll()
        var frames = 0
        while shard.speaking.isEmpty, frames < 200 {
            shard.run(1)
            frames += 1
        }
        #expect(frames <= 27, "\(20 * frames) ms after the last packet")
        _ = shard.takePackets(of: 2)
        shard.run(100)
        #expect(shard.takePackets(of: 2).isEmpty && shard.speaking.count == 1, "and it does not come back")
    }
}
