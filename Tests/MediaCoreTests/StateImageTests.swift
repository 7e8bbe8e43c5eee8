import MediaCore
import Testing

@Suite struct StateImageTests {
    @Test func `what is written is read in the same order`() {
        var image = StateImage(capacity: 64)
        let values: [Float] = [1, -2, .infinity]
        image.write(true)
        image.write(values.span)
        image.write(Int64.min)
        #expect(image.count == 21)
        var read = [Float](repeating: 0, count: 4)
        let flag = image.read(Bool.self)
        do {
            var span = read.mutableSpan
            image.read(3, into: &span)
        }
        let number = image.read(Int64.self)
        #expect(flag && read == values + [0] && number == .min)
        let isRead = image.isRead
        #expect(isRead)
    }

    @Test func `a cleared image takes as much again`() {
        var image = StateImage(capacity: 8)
        for round in 0..<3 {
            image.clear()
            image.write(round)
            let read = image.read(Int.self)
            #expect(read == round)
        }
    }

    @Test func `a frame goes on with its samples, its silence and what is known of it`() {
        let format = AudioFormat(channels: 2, samplesPerFrame: 120)
        var loud = PCMFrame(format: format)
        var silent = PCMFrame(format: format)
        var copy = PCMFrame(format: format)
        let values = (0..<240).map { Float($0) / 240 }
        loud.load(values.span)
        loud.annotations.meanSquare = 0.25
        silent.annotations.activity = .noSpeech
        var image = StateImage(capacity: loud.stateBytes)
        copy.fork(from: loud, through: &image)
        var same = !copy.isSilent && copy.annotations.meanSquare == 0.25
        for i in 0..<240 where copy.samples[i] != values[i] { same = false }
        copy.fork(from: silent, through: &image)
        let isSilent = copy.isSilent && copy.annotations.activity == .noSpeech && copy.annotations.meanSquare == nil
        let last = copy.samples[239]
        #expect(same && isSilent && last == 0)
    }

    @Test func `the ends of an image are guarded`() async {
        await #expect(processExitsWith: .failure) {
            var image = StateImage(capacity: 4)
            image.write(Int64(1))
        }
        await #expect(processExitsWith: .failure) {
            var image = StateImage(capacity: 8)
            image.write(Int32(1))
            _ = image.read(Int64.self)
        }
    }
}
