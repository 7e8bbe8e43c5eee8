import BasicContainers
import MediaCore
import Mixing
import Testing

/// Voices that one listener chooses not to hear go and come gently; one's own never comes back.
@Suite struct MutingTests {
    static let format = AudioFormat()
    static let values = format.valuesPerFrame

    /// Mixes constant voices of 0.5 and 0.25; `change` may tell the mixer something before a tick.
    private static func mix(
        ticks: Int, _ configuration: Mixer.Configuration = .init(),
        change: (Int, inout Mixer, inout ExclusionSet, inout VoiceBank) -> Void
    ) -> [Float] {
        var bank = VoiceBank(format: format, capacity: 2)
        var mixer = Mixer(format: format, places: 2, configuration)
        var frame = PCMFrame(format: format)
        var excluded = ExclusionSet()
        var output = [Float]()
        for tick in 0..<ticks {
            for place in 0..<2 {
                bank.voices[place].isPresent = true
                bank.frames[place].load([Float](repeating: place == 0 ? 0.5 : 0.25, count: values).span)
            }
            change(tick, &mixer, &excluded, &bank)
            mixer.mix(bank, excluding: excluded, into: &frame)
            let samples = frame.samples
            for i in samples.indices { output.append(samples[i]) }
        }
        return output
    }

    @Test func `a muted voice fades out over the time asked for, then is gone to the last bit`() {
        let output = Self.mix(ticks: 10) { tick, mixer, excluded, _ in
            guard tick == 4 else { return }
            excluded.insert(0)
            mixer.fadeOut(0, over: 1440)
        }
        let start = 4 * Self.values
        for i in 0..<1440 {
            let expected = 0.25 + 0.5 * (1 - Float(i + 1) / 1440)
            #expect((output[start + i] - expected).magnitude < 1e-4)
        }
        #expect(output[(start + 1440)...].allSatisfy { $0 == 0.25 })
    }

    @Test func `an excluded voice that nobody asked to fade is cut at once`() {
        let output = Self.mix(ticks: 6) { tick, _, excluded, _ in if tick == 3 { excluded.insert(0) } }
        #expect(output[(3 * Self.values)...].allSatisfy { $0 == 0.25 })
    }

    @Test(arguments: [0, 1]) func `what fades out is cut when asked, and when its owner leaves`(how: Int) {
        let output = Self.mix(ticks: 8) { tick, mixer, excluded, bank in
            if tick == 3 {
                excluded.insert(0)
                mixer.fadeOut(0, over: 4800)
            }
            if tick == 5 && how == 0 { mixer.fadeOut(0, over: 0) }
            if tick == 5 && how == 1 { bank.voices[0].isPresent = false }
        }
        #expect(output[5 * Self.values - 1] > 0.5)
        #expect(output[(5 * Self.values)...].allSatisfy { $0 == 0.25 })
    }

    @Test func `a voice that is heard again fades in over the time asked for`() {
        let output = Self.mix(ticks: 12) { tick, mixer, excluded, _ in
            if tick == 0 { excluded.insert(0) }
            guard tick == 5 else { return }
            excluded.remove(0)
            mixer.fadeIn(0, over: 1440)
        }
        let start = 5 * Self.values
        for i in 0..<1440 { #expect((output[start + i] - 0.25 - 0.5 * Float(i + 1) / 1440).magnitude < 1e-4) }
        #expect(output[(start + 1440)...].allSatisfy { $0 == 0.75 })
    }

    @Test func `muting and unmuting at once gives no step`() {
        let output = Self.mix(ticks: 20) { tick, mixer, excluded, _ in
            switch tick {
            case 4, 8:
                excluded.insert(0)
                mixer.fadeOut(0, over: 1440)
            case 5, 12:
                excluded.remove(0)
                mixer.fadeIn(0, over: 1440)
            default: break
            }
        }
        #expect(Signal.largestStep(Array(output[Self.values...])) <= 0.5 / 1440 * 1.01)
        #expect(output.suffix(Self.values).allSatisfy { $0 == 0.75 })
    }

    /// Unmuted while it fades out and is not selected; then the place is the listener's own.
    @Test func `a fade out that was called off does not let a voice stay that is excluded later`() {
        let output = Self.mix(ticks: 10) { tick, mixer, excluded, bank in
            bank.voices[0].isSelected = tick < 5
            if tick == 4 {
                excluded.insert(0)
                mixer.fadeOut(0, over: 9600)
            }
            if tick == 5 { excluded.remove(0) }
            if tick == 6 { excluded.insert(0) }
        }
        #expect(output[6 * Self.values - 1] > 0.5)
        #expect(output[(6 * Self.values)...].allSatisfy { $0 == 0.25 })
    }

    @Test func `who hears even themselves hears no fade`() {
        let output = Self.mix(ticks: 6, .init(includesExcluded: true)) { tick, mixer, excluded, _ in
            guard tick == 3 else { return }
            excluded.insert(0)
            mixer.fadeOut(0, over: 1440)
        }
        #expect(output[Self.values...].allSatisfy { $0 == 0.75 })
    }

    @Test func `places from the bank's extent on are not looked at, and forgotten`() {
        let output = Self.mix(ticks: 9) { tick, _, _, bank in bank.extent = (3..<6).contains(tick) ? 1 : 2 }
        let (away, again) = (3 * Self.values, 6 * Self.values)
        #expect(output[away - 1] == 0.75 && output[away..<again].allSatisfy { $0 == 0.5 })
        #expect(output[again] < 0.51 && output[output.count - 1] == 0.75)
    }

    @Test func `a mixer and a selector refuse more places than they were made for`() async {
        await #expect(processExitsWith: .failure) {
            let bank = VoiceBank(format: AudioFormat(), capacity: 3)
            var mixer = Mixer(format: AudioFormat(), places: 2)
            var frame = PCMFrame(format: AudioFormat())
            mixer.mix(bank, excluding: ExclusionSet(), into: &frame)
        }
        await #expect(processExitsWith: .failure) {
            var bank = VoiceBank(format: AudioFormat(), capacity: 3)
            var selector = LoudestSelector(format: AudioFormat(), places: 2)
            selector.select(&bank)
        }
    }
}
