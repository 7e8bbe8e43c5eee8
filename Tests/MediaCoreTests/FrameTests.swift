import MediaCore
import Testing

@Suite struct FrameTests {
    @Test func `a frame knows whether it is silent`() {
        var frame = PCMFrame(format: AudioFormat())
        var states: [Bool] = [frame.isSilent]
        let ones = [Float](repeating: 1, count: 960)
        frame.load(ones.span)
        states.append(frame.isSilent)
        frame.annotations.activity = .speech
        frame.silence()
        states.append(frame.isSilent)
        #expect(states == [true, false, true])
        #expect(SampleKernels.peak(frame.samples) == 0)
        let activity = frame.annotations.activity
        #expect(activity == .unknown)
    }

    @Test func `a copy is equal, annotations included`() {
        var (first, second) = ([Float](repeating: 0.25, count: 960), [Float]())
        first[959] = -1
        var frame = PCMFrame(format: AudioFormat())
        frame.load(first.span)
        frame.annotations.meanSquare = 0.5
        var copy = PCMFrame(format: AudioFormat())
        copy.copy(from: frame)
        let samples = copy.samples
        for i in samples.indices { second.append(samples[i]) }
        #expect(first == second)
        let meanSquare = copy.annotations.meanSquare
        #expect(meanSquare == 0.5)
    }

    @Test(arguments: [0, 1, 7, 480, 960, 2000])
    func `a ramp reaches its end and stays there`(length: Int) {
        var samples = [Float](repeating: 1, count: 1920)
        var span = samples.mutableSpan
        SampleKernels.apply(.init(from: 0, to: 0.5, length: length), to: &span, channels: 2)
        for i in 0..<960 {
            let expected = i < length ? 0.5 * Float(i + 1) / Float(length) : 0.5
            #expect((samples[2 * i] - expected).magnitude < 1e-6 && samples[2 * i] == samples[2 * i + 1])
        }
    }

    @Test func `durations and samples agree at every rate`() {
        for rate in [8000, 12_000, 16_000, 24_000, 48_000] {
            let format = AudioFormat(sampleRate: rate, samplesPerFrame: rate / 50)
            #expect(format.frameDuration == .milliseconds(20))
            #expect(format.samples(in: .milliseconds(2500)) == rate * 5 / 2)
            #expect(format.duration(ofSamples: rate * 3600) == .seconds(3600))
        }
    }
}
