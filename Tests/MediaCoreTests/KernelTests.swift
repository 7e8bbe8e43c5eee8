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

    @Test(arguments: [8, 9, 15, 16, 17, 120, 960])
    func `peaks, minima and filters have the same bits on every processor`(count: Int) {
        let samples = (0..<(count + 32)).map { Float(($0 * 7919) % 1009) / 500 - 1 }
        let coefficients = (0..<96).map { Float(($0 * 31) % 67) / 500 }
        var peaks = [Float](repeating: 0, count: count)
        var plainPeaks = peaks
        var (minima, plainMinima) = (samples, samples)
        var (filtered, plainFiltered) = (samples, samples)
        var (memory, plainMemory) = (parley_high_pass_memory(), parley_high_pass_memory())
        var filter = parley_high_pass_make(0.99, -1.985, 0.9853)
        unsafe coefficients.withUnsafeBufferPointer { coefficients in
            unsafe samples.withUnsafeBufferPointer { samples in
                let by = unsafe parley_interpolator(coefficients: coefficients.baseAddress, worst_gain: 3)
                let first = unsafe samples.baseAddress! + 16
                unsafe parley_true_peaks(by, first, 0.5, &peaks, Int32(count))
                unsafe parley_true_peaks_baseline(by, first, 0.5, &plainPeaks, Int32(count))
                let largest = unsafe parley_largest_magnitude(first, Int32(count))
                #expect(unsafe largest == parley_largest_magnitude_baseline(first, Int32(count)))
            }
        }
        unsafe parley_minima(&minima, Int32(count + 32), 25)
        unsafe parley_minima_baseline(&plainMinima, Int32(count + 32), 25)
        unsafe parley_high_pass_run(&filter, &memory, &filtered, Int32(count), 1)
        unsafe parley_high_pass_run_baseline(&filter, &plainMemory, &plainFiltered, Int32(count), 1)
        var (halved, plainHalved) = (samples, samples)
        let energy = unsafe parley_halve(samples, &halved, Int32(count / 2))
        #expect(unsafe energy.bitPattern == parley_halve_baseline(samples, &plainHalved, Int32(count / 2)).bitPattern)
        for (wide, plain) in [
            (halved, plainHalved), (peaks, plainPeaks), (minima, plainMinima), (filtered, plainFiltered),
        ] {
            #expect(wide.map(\.bitPattern).elementsEqual(plain.map(\.bitPattern)))
        }
    }
}
