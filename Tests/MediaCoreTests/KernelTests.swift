import MediaCore
import Testing

@Suite struct KernelTests {
    @Test func `energy and peak agree with the plain sums`() {
        let values: [Float] = (0..<1003).map { Float($0 % 17) / 17 - 0.5 }
        let energy = values.reduce(0) { $0 + Double($1) * Double($1) }
        #expect(abs(Double(SampleKernels.energy(values.span)) - energy) < 1e-3)
        #expect(SampleKernels.peak(values.span) == values.map(\.magnitude).max())
    }
}
