import MediaCore
import Mixing
import Testing

@Suite struct FilterTests {
    @Test(arguments: [8000, 16_000, 48_000], [40.0, 80, 300])
    func `high-pass is 3 dB down at its cut-off and flat above`(rate: Int, cutoff: Double) {
        func response(_ frequency: Double) -> Double {
            let format = AudioFormat(sampleRate: rate, samplesPerFrame: rate / 50)
            var filter = HighPass(cutoff: cutoff, format: format)
            let input = Signal.tone(frequency, seconds: 2, amplitude: 0.5, rate: Double(rate))
            let output = Signal.process(input, format: format) { filter.process(&$0) }
            let tail = Array(output[(output.count / 2)...])
            return Decibels(meanSquare: SampleKernels.meanSquare(tail.span) / 0.125).value
        }
        #expect((response(cutoff) + 3).magnitude < 0.2)
        #expect(response(cutoff * 8).magnitude < 0.1)
        #expect((response(cutoff / 4) + 24).magnitude < 1)
    }

    @Test func `high-pass rings out and then leaves silence alone`() {
        let format = AudioFormat()
        var filter = HighPass(cutoff: 80, format: format)
        _ = Signal.process(Signal.tone(50, seconds: 0.5, amplitude: 0.9), format: format) { filter.process(&$0) }
        var frame = PCMFrame(format: format)
        var ticks = 0
        repeat {
            frame.silence()
            filter.process(&frame)
            ticks += 1
        } while !frame.isSilent && ticks < 1000
        #expect(ticks > 1 && ticks < 50)
    }

    @Test func `gain is its decibels, and none is none`() {
        let format = AudioFormat()
        let input = Signal.noise(seconds: 0.1, amplitude: 0.5, seed: 3)
        var half = Gain(Decibels(-6.0206))
        let output = Signal.process(input, format: format) { half.process(&$0) }
        for i in output.indices { #expect((output[i] - input[i] / 2).magnitude < 1e-5) }
        var none = Gain(Decibels(0))
        #expect(Signal.process(input, format: format) { none.process(&$0) } == Array(input.prefix(4800)))
    }
}
