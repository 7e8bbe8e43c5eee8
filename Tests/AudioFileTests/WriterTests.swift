import AudioFile
import FileAccess
import Foundation
import MediaCore
import OpusCodec
import Testing

@Suite struct WriterTests {
    @Test(arguments: [1, 959, 960, 48_000, 100_000, 600_001])
    func `an Ogg Opus file is as long as it was told, to the sample`(total: Int) throws {
        let tools = try Tools()
        let format = AudioFormat()
        var encoder = try OpusEncoder(format: format)
        var writer = try OggOpusWriter(
            OutputFile(path: tools.path("o.opus"), overwrite: false), channels: 1, preSkip: encoder.latency,
            inputSampleRate: 48_000, serial: 7, comments: ["ENCODER=test"])
        var frame = PCMFrame(format: format)
        let tone = (0..<960).map { 0.3 * Float(sin(Double($0) * 0.06)) }
        var payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        for _ in 0..<((total + encoder.latency + 959) / 960) {
            frame.load(tone.span)
            var span = payload.mutableSpan
            let length = encoder.encode(frame, into: &span)
            try writer.write(payload.span.extracting(first: length), samples: 960)
        }
        let size = try writer.finish(totalSamples: total)
        #expect(size == Int64(try tools.bytes("o.opus").count))
        #expect(try OggOpusReaderTests.read(tools.path("o.opus")).samples == total)
        #expect(try OggOpusReaderTests.opusdec(tools, "o.opus") == total)
        let info = try tools.sh("opusinfo o.opus 2>&1")
        #expect(info.contains("ENCODER=test") && !info.contains("WARNING"))
    }

    @Test(arguments: [
        ("wav", SoundSampleFormat.s16), ("wav", .s24), ("wav", .f32), ("flac", .s16), ("flac", .s24), ("aiff", .s16),
        ("au", .f32), ("caf", .s24),
    ])
    func `sound files come back as they were written`(name: String, sampleFormat: SoundSampleFormat) throws {
        let tools = try Tools()
        let samples = (0..<50_000).map { 0.7 * Float(sin(Double($0) * 0.05)) }
        let format = try #require(AudioFileFormat(name: name))
        var writer = try SoundFileWriter(
            OutputFile(path: tools.path("a.\(name)"), overwrite: false), format: format, sampleFormat: sampleFormat,
            sampleRate: 48_000, channels: 1)
        try writer.write(samples.span)
        _ = try writer.finish()
        var reader = try SoundFileReader(path: tools.path("a.\(name)"), format: AudioFormat())
        var back = [Float](repeating: 0, count: 60_000)
        var span = back.mutableSpan
        let count = try reader.read(into: &span)
        #expect(count == 50_000)
        let step: Float = sampleFormat == .s16 ? 1.1 / 32768 : 1.1 / 8_388_608
        for i in 0..<50_000 { #expect((back[i] - samples[i]).magnitude <= step) }
    }

    @Test func `what is beyond full scale is clipped, not wrapped`() throws {
        let tools = try Tools()
        var writer = try SoundFileWriter(
            OutputFile(path: tools.path("a.wav"), overwrite: false), format: .wav, sampleFormat: .s16,
            sampleRate: 48_000, channels: 1)
        let loud: [Float] = [2, -2, 0.5]
        try writer.write(loud.span)
        _ = try writer.finish()
        #expect(
            try tools.sh("sox a.wav -t s16 - | od -An -td2").split(separator: " ").map(String.init) == [
                "32767", "-32768", "16384",
            ])
    }

    @Test func `a file that is not completed is not there`() throws {
        let tools = try Tools()
        do {
            var file = try OutputFile(path: tools.path("x.txt"), overwrite: false)
            try file.write(text: "half")
            #expect(try FileManager.default.contentsOfDirectory(atPath: tools.folder).count == 1)
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: tools.folder).isEmpty)
    }

    @Test func `a file that exists stays as it is until the new one is complete`() throws {
        let tools = try Tools()
        try tools.write(Array("old".utf8), to: "x.txt")
        #expect(throws: FileError.self) { _ = try OutputFile(path: tools.path("x.txt"), overwrite: false) }
        var file = try OutputFile(path: tools.path("x.txt"), overwrite: true)
        try file.write(text: "new")
        #expect(try tools.bytes("x.txt") == Array("old".utf8))
        try file.commit()
        #expect(try tools.bytes("x.txt") == Array("new".utf8))
        #expect(try tools.sh("stat -c %a x.txt") == "644")
    }
}
