import MediaCore
import Testing

@Suite struct ExclusionSetTests {
    @Test func `every place is its own`() {
        for place in [0, 1, 63, 64, 65, 511, 1023] {
            let set = ExclusionSet(place)
            for other in 0..<ExclusionSet.capacity { #expect(set.contains(other) == (other == place)) }
        }
    }

    @Test func `sets with the same places are one class`() {
        var first = ExclusionSet(3)
        first.insert(900)
        var second = ExclusionSet(900)
        second.insert(3)
        #expect(first == second)
        #expect(Set([first, second, ExclusionSet(3), ExclusionSet()]).count == 3)
    }
}
