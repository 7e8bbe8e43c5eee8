import CSampleKernels
import MediaCore
import Testing

@Suite struct KernelTests {
    @Test func `energy and peak agree with the plain sums`() {
        let values: [Float] = (0..<1003).map { Float($0 % 17) / 17 - 0.5 }
        let energy = values.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs(Double(SampleKernels.energy(values.span)) - energy) < 1e-3)
        #expect(SampleKernels.peak(values.span) == values.map(\.magnitude).max())
    }

    @Test(arguments: [1, 31, 77, 120, 960], [1, 2, 7, 16])
    func `a sum has the same bits on every processor`(count: Int, voices: Int) {
        for (adds, unit) in [(0, false), (1, false), (0, true), (1, true)] {
            let samples = (0..<(count + voices)).map { Float(($0 * 7919) % 1009) / 1009 - 0.5 }
            var wide = [Float](repeating: 0.3, count: count)
            var baseline = wide
            unsafe samples.withUnsafeBufferPointer { samples in
                let list = unsafe (0..<voices).map {
                    unsafe parley_voice(
                        values: samples.baseAddress! + $0, left: unit ? 1 : 0.7 / Float($0 + 1), right: unit ? 1 : 0.3)
                }
                unsafe parley_sum(list, Int32(voices), Int32(adds), &wide, Int32(count))
                unsafe parley_sum_baseline(list, Int32(voices), Int32(adds), &baseline, Int32(count))
            }
            #expect(wide.map(\.bitPattern).elementsEqual(baseline.map(\.bitPattern)), "adds \(adds), unit \(unit)")
        }
    }
}
