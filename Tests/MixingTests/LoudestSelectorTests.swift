import BasicContainers
import MediaCore
import Mixing
import Testing

@Suite struct LoudestSelectorTests {
    /// Plays levels, as amplitudes per place and tick; gives who is heard at each tick.
    private func heard(
        _ configuration: LoudestSelector.Configuration, ticks: Int, levels: (Int) -> [Float]
    ) -> [[Int]] {
        let format = AudioFormat()
        var bank = VoiceBank(format: format, capacity: levels(0).count)
        var selector = LoudestSelector(format: format, places: bank.capacity, configuration)
        return (0..<ticks).map { tick in
            for (place, level) in levels(tick).enumerated() {
                bank.voices[place].isPresent = true
                if level == 0 {
                    bank.frames[place].silence()
                } else {
                    let values = (0..<format.valuesPerFrame).map { $0 % 2 == 0 ? level : -level }
                    bank.frames[place].load(values.span)
                }
            }
            selector.select(&bank)
            return (0..<bank.capacity).filter { bank.voices[$0].isSelected && levels(tick)[$0] > 0 }
        }
    }

    @Test func `the loudest are heard`() {
        let result = heard(.init(count: 2), ticks: 20) { _ in [0.1, 0.4, 0.05, 0.3, 0] }
        #expect(result.last == [1, 3])
    }

    @Test func `a held voice gives way only to a much louder one`() {
        let same = heard(.init(count: 1, hold: .milliseconds(400)), ticks: 40) { $0 < 10 ? [0.2, 0] : [0.2, 0.25] }
        #expect(same.last == [0], "2 dB are less than the margin")
        let louder = heard(.init(count: 1, hold: .milliseconds(400)), ticks: 40) { $0 < 10 ? [0.1, 0] : [0.1, 0.5] }
        #expect(louder[11] == [1])
    }

    @Test func `a pause between words does not cost the place`() {
        let result = heard(.init(count: 1, hold: .milliseconds(400)), ticks: 60) { tick in
            [tick % 20 < 10 ? 0.3 : 0, 0.15]
        }
        #expect(result.allSatisfy { !$0.contains(1) }, "200 ms of pause are within the hold")
    }

    @Test func `who stops for good is followed by who waits`() {
        let result = heard(.init(count: 1, hold: .milliseconds(400)), ticks: 60) { [$0 < 10 ? 0.3 : 0, 0.15] }
        #expect(result[15] == [])
        #expect(result.last == [1])
    }

    @Test func `equal voices do not take turns`() {
        let result = heard(.init(count: 1), ticks: 200) {
            [0.2 + Float($0 % 3) * 0.01, 0.2 + Float(($0 + 1) % 3) * 0.01]
        }
        #expect(Set(result.dropFirst(5).map { $0 }).count == 1)
    }

    @Test func `there are never more than the count`() {
        var state: UInt64 = 7
        let result = heard(.init(count: 5), ticks: 300) { _ in
            (0..<40).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return state >> 62 == 0 ? Float(state >> 40) / Float(1 << 24) : 0
            }
        }
        #expect(result.allSatisfy { $0.count <= 5 })
    }
}
