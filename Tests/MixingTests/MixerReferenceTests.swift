import BasicContainers
import Glibc
import MediaCore
import Mixing
import Testing

/// One voice after the other, one value after the other: what the mixer's sums must equal to the last bit.
private struct PlainMixer {
    struct Level {
        var (left, right, targetLeft, targetRight) = (Float(0), Float(0), Float(0), Float(0))
        var remaining = 0
    }

    let format: AudioFormat
    let fade: Int
    var levels: [Level]

    mutating func mix(_ bank: borrowing VoiceBank, excluding excluded: ExclusionSet) -> [Float] {
        var sum = [Float](repeating: 0, count: format.valuesPerFrame)
        for place in 0..<bank.capacity {
            let voice = bank.voices[place]
            guard voice.isPresent && !excluded.contains(place) else {
                levels[place] = Level()
                continue
            }
            let (left, right) = gains(voice)
            if left != levels[place].targetLeft || right != levels[place].targetRight {
                (levels[place].targetLeft, levels[place].targetRight) = (left, right)
                levels[place].remaining = fade
                if fade == 0 { (levels[place].left, levels[place].right) = (left, right) }
            }
            let level = levels[place]
            advance(place)
            if bank.frames[place].isSilent || (level.remaining == 0 && level.left == 0 && level.right == 0) { continue }
            let samples = bank.frames[place].samples
            let length = min(level.remaining, format.samplesPerFrame)
            for i in samples.indices {
                let isRight = i % format.channels == 1
                let (from, to) =
                    isRight ? (level.right, levels[place].right) : (level.left, levels[place].left)
                let sample = i / format.channels
                let gain = sample < length ? from + (to - from) * (Float(sample + 1) / Float(length)) : to
                sum[i] += samples[i] * gain
            }
        }
        return sum
    }

    private func gains(_ voice: Voice) -> (Float, Float) {
        let gain = voice.isSelected ? voice.gain : 0
        guard format.channels == 2 && voice.pan != 0 else { return (gain, gain) }
        let angle = (voice.pan + 1) * Float.pi / 4
        return (gain * cosf(angle) * Float(2).squareRoot(), gain * sinf(angle) * Float(2).squareRoot())
    }

    private mutating func advance(_ place: Int) {
        let level = levels[place]
        let count = min(level.remaining, format.samplesPerFrame)
        let part = level.remaining > 0 ? Float(count) / Float(level.remaining) : 1
        let isDone = count == level.remaining
        levels[place].left = isDone ? level.targetLeft : level.left + (level.targetLeft - level.left) * part
        levels[place].right = isDone ? level.targetRight : level.right + (level.targetRight - level.right) * part
        levels[place].remaining -= count
    }
}

@Suite struct MixerReferenceTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var places: Int
        var samples: Int
        var channels: Int
        var fade: Int
        /// How often, in parts of 16, anything about a voice changes from one tick to the next.
        var restlessness: UInt64
        var testDescription: String {
            "\(places) places, \(samples) × \(channels), fade of \(fade) ms, restlessness \(restlessness)"
        }

        static let all = [1, 2, 8, 17, 40].flatMap { places in
            [(960, 1, 10), (120, 1, 0), (120, 2, 10), (960, 2, 50), (77, 1, 5), (3, 2, 1)].flatMap { shape in
                [0, 1, 8].map { restlessness in
                    Case(
                        places: places, samples: shape.0, channels: shape.1, fade: shape.2, restlessness: restlessness)
                }
            }
        }
    }

    @Test(arguments: Case.all) func `the mix has the bits of one voice after the other`(_ shape: Case) {
        let format = AudioFormat(channels: shape.channels, samplesPerFrame: shape.samples)
        var random = Dice(state: UInt64(shape.places * 31 + shape.samples * 7 + shape.fade) | 1)
        var bank = VoiceBank(format: format, capacity: shape.places)
        var mixer = Mixer(format: format, places: shape.places, .init(fade: .milliseconds(shape.fade)))
        var plain = PlainMixer(
            format: format, fade: format.samples(in: .milliseconds(shape.fade)),
            levels: Array(repeating: .init(), count: shape.places))
        var frame = PCMFrame(format: format)
        var excluded = ExclusionSet()
        for tick in 0..<20 {
            for place in 0..<shape.places {
                if tick == 0 || random.roll(16) < shape.restlessness { change(&bank.voices[place], &random) }
                fill(&bank.frames[place], &random)
            }
            if random.roll(16) < shape.restlessness { excluded = ExclusionSet(Int(random.roll(UInt64(shape.places)))) }
            mixer.mix(bank, excluding: excluded, into: &frame)
            let expected = plain.mix(bank, excluding: excluded)
            let samples = frame.samples
            var difference: Int?
            for i in samples.indices where samples[i].bitPattern != expected[i].bitPattern { difference = i }
            #expect(difference == nil, "tick \(tick)")
        }
    }

    private func change(_ voice: inout Voice, _ random: inout Dice) {
        voice.isPresent = random.roll(8) > 0
        voice.isSelected = random.roll(4) > 0
        voice.gain = random.roll(3) == 0 ? random.value() * 2 : [1, 1, 0, 0.5][Int(random.roll(4))]
        voice.pan = random.roll(2) == 0 ? 0 : [random.value(), -1, 1][Int(random.roll(3))]
    }

    private func fill(_ frame: inout PCMFrame, _ random: inout Dice) {
        if random.roll(6) == 0 { return frame.silence() }
        var samples = frame.mutableSamples
        for i in samples.indices { samples[i] = random.roll(9) == 0 ? -0.0 : random.value() }
    }

    /// xorshift64.
    private struct Dice {
        var state: UInt64

        mutating func roll(_ sides: UInt64) -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return (state >> 11) % sides
        }

        mutating func value() -> Float { Float(roll(1 << 24)) / Float(1 << 23) - 1 }
    }
}
