import AudioFile
import Foundation
import MediaCore
import Testing

@Suite struct SoundFileReaderTests {
    static func read(_ path: String, format: AudioFormat = AudioFormat(), piece: Int = 960) throws -> [Float] {
        var reader = try SoundFileReader(path: path, format: format)
        var all: [Float] = []
        var buffer = [Float](repeating: 0, count: piece * format.channels)
        while true {
            var span = buffer.mutableSpan
            let count = try reader.read(into: &span)
            guard count > 0 else { return all }
            all += buffer[..<(count * format.channels)]
        }
    }

    @Test(arguments: [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 96_000, 192_000], [8000, 48_000])
    func `any rate becomes the pipeline's, at exact length`(from: Int, to: Int) throws {
        let tools = try Tools()
        try tools.sh("sox -n -r \(from) -b 24 a.wav synth 1.5 sine 997 gain -6")
        let format = AudioFormat(sampleRate: to, samplesPerFrame: to / 50)
        let samples = try Self.read(tools.path("a.wav"), format: format)
        // sox rounds its own length up to a whole sample of the file.
        #expect((samples.count - to * 3 / 2).magnitude <= to / from + 1)
    }

    @Test func `resampling is clean`() throws {
        let tools = try Tools()
        try tools.sh("sox -n -r 44100 -e floating-point -b 32 a.wav synth 3 sine 997 gain -6")
        let samples = Array(try Self.read(tools.path("a.wav"))[24_000..<120_000])
        // The best-fitting sine taken away, what is left is distortion and noise.
        var (a, b, energy) = (0.0, 0.0, 0.0)
        for (i, sample) in samples.enumerated() {
            let angle = 2 * .pi * 997 * Double(i) / 48_000
            a += Double(sample) * sin(angle)
            b += Double(sample) * cos(angle)
            energy += Double(sample) * Double(sample)
        }
        let tone = 2 * (a * a + b * b) / Double(samples.count)
        #expect(10 * log10(max(energy - tone, 1e-20) / tone) < -90)
    }

    @Test(arguments: ["wav", "flac", "aiff", "ogg", "mp3"])
    func `every common format is read`(name: String) throws {
        let tools = try Tools()
        try tools.sh("sox -n -r 48000 a.\(name) synth 1 sine 440 gain -6")
        let samples = try Self.read(tools.path("a.\(name)"))
        #expect((samples.count - 48_000).magnitude < 3000)
        #expect((Decibels(meanSquare: SampleKernels.meanSquare(samples.span)).value + 9).magnitude < 1)
    }

    @Test func `stereo is averaged for mono, mono doubled for stereo`() throws {
        let tools = try Tools()
        try tools.sh(
            "sox -n -r 48000 -b 24 l.wav synth 1 sine 440 gain -6; sox l.wav -c 2 s.wav remix 1 0; sox l.wav m.wav")
        let left = try Self.read(tools.path("l.wav"))
        let averaged = try Self.read(tools.path("s.wav"))
        for i in stride(from: 0, to: 48_000, by: 7) { #expect((averaged[i] - left[i] / 2).magnitude < 1e-6) }
        let doubled = try Self.read(tools.path("m.wav"), format: AudioFormat(channels: 2))
        #expect(doubled.count == 96_000)
        for i in stride(from: 0, to: 48_000, by: 7) {
            #expect(doubled[2 * i] == left[i] && doubled[2 * i + 1] == left[i])
        }
    }

    @Test(arguments: [1, 7, 960, 5000])
    func `pieces of any size give the same samples`(piece: Int) throws {
        let tools = try Tools()
        try tools.sh("sox -n -r 22050 a.wav synth 0.7 pluck")
        #expect(try Self.read(tools.path("a.wav"), piece: piece) == Self.read(tools.path("a.wav"), piece: 960))
    }
}
