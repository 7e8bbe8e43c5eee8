import AudioFile
import FileAccess
import Foundation
import Testing

@Suite struct OggOpusReaderTests {
    struct Heard: Equatable {
        var samples = 0
        var packets = 0
        var gaps: [Int] = []
        var links = 0
        var warnings: [String] = []
    }

    static func read(_ path: String) throws -> Heard {
        var reader = try OggOpusReader(path: path)
        var heard = Heard()
        while true {
            switch try reader.next() {
            case .packet(let duration, let trimStart, let trimEnd):
                heard.packets += 1
                heard.samples += duration - trimStart - trimEnd
            case .gap(let samples):
                heard.gaps.append(samples)
                heard.samples += samples
            case .link: heard.links += 1
            case .end:
                heard.warnings = reader.takeWarnings().map(\.description)
                return heard
            }
        }
    }

    /// What opusdec makes of a file, in samples at 48 kHz.
    static func opusdec(_ tools: Tools, _ name: String) throws -> Int? {
        Int(try tools.sh("opusdec --quiet --rate 48000 \(name) \(name).wav; soxi -s \(name).wav"))
    }

    @Test(arguments: ["2.5", "5", "10", "20", "40", "60"], [1, 2])
    func `every frame size is as long as opusdec says, to the sample`(frame: String, channels: Int) throws {
        let tools = try Tools()
        try tools.sh(
            "sox -n -b 16 -r 48000 -c \(channels) a.wav synth 2.3456 pluck; opusenc --quiet --framesize \(frame) a.wav a.opus"
        )
        let heard = try Self.read(tools.path("a.opus"))
        #expect(heard.samples == 112_589)
        #expect(heard.samples == (try Self.opusdec(tools, "a.opus")))
        #expect(heard.warnings.isEmpty && heard.gaps.isEmpty)
        let reader = try OggOpusReader(path: tools.path("a.opus"))
        let (duration, head) = (reader.duration, reader.head)
        #expect(duration == 112_589)
        #expect(head.channels == channels && head.preSkip == 312)
    }

    @Test func `packets of several frames are read whole`() throws {
        let tools = try Tools()
        try tools.sh(
            "sox -n -b 16 -r 48000 a.wav synth 3 pluck; ffmpeg -i a.wav -c:a libopus -frame_duration 120 a.opus")
        let heard = try Self.read(tools.path("a.opus"))
        #expect(heard.packets == 26)
        #expect((heard.samples - 144_000).magnitude < 10)
    }

    @Test func `chained streams follow one another`() throws {
        let tools = try Tools()
        try tools.sh("sox -n -b 16 -r 48000 a.wav synth 1 pluck; sox -n -b 16 -r 48000 -c 2 b.wav synth 2 pluck")
        try tools.sh(
            "opusenc --quiet --serial 1 a.wav a.opus; opusenc --quiet --serial 2 b.wav b.opus; cat a.opus b.opus > c.opus"
        )
        let heard = try Self.read(tools.path("c.opus"))
        #expect(heard.links == 1)
        #expect(heard.samples == 144_000)
        #expect(heard.warnings.isEmpty)
        #expect(heard.samples == (try Self.opusdec(tools, "c.opus")))
    }

    @Test func `a lost page is a gap of just its length`() throws {
        let tools = try Tools()
        try tools.sh("sox -n -b 16 -r 48000 a.wav synth 6 pluck; opusenc --quiet --max-delay 200 a.wav a.opus")
        let bytes = try tools.bytes("a.opus")
        let pages = OggBytes.pages(bytes)
        let lost = pages[pages.count / 2]
        try tools.write(bytes[..<lost.lowerBound] + bytes[lost.upperBound...], to: "hole.opus")
        let heard = try Self.read(tools.path("hole.opus"))
        #expect(heard.gaps == [9600])
        #expect(heard.samples == 288_000)
        #expect(heard.warnings.count == 1 && heard.warnings[0].contains("200 ms are missing"))
    }

    @Test func `a damaged page is skipped, the rest is heard in its place`() throws {
        let tools = try Tools()
        try tools.sh("sox -n -b 16 -r 48000 a.wav synth 6 pluck; opusenc --quiet --max-delay 200 a.wav a.opus")
        var bytes = try tools.bytes("a.opus")
        let pages = OggBytes.pages(bytes)
        bytes[pages[9].lowerBound + 300] ^= 0x55
        try tools.write(bytes, to: "flipped.opus")
        let heard = try Self.read(tools.path("flipped.opus"))
        #expect(heard.samples == 288_000 && heard.gaps == [9600])
        #expect(heard.warnings.contains { $0.contains("bytes of damaged data were skipped") })
    }

    @Test func `a file that is cut off is heard to there, with a warning`() throws {
        let tools = try Tools()
        try tools.sh("sox -n -b 16 -r 48000 a.wav synth 6 pluck; opusenc --quiet --max-delay 200 a.wav a.opus")
        let bytes = try tools.bytes("a.opus")
        try tools.write(bytes[..<(bytes.count / 2)], to: "cut.opus")
        let heard = try Self.read(tools.path("cut.opus"))
        #expect(heard.samples > 100_000 && heard.samples < 180_000)
        #expect(heard.warnings.count == 1 && heard.warnings[0].contains("cut off"))
    }

    @Test func `a stream recorded from its middle starts at its first packet`() throws {
        let tools = try Tools()
        try tools.sh("sox -n -b 16 -r 48000 a.wav synth 2 pluck; opusenc --quiet a.wav a.opus")
        var bytes = try tools.bytes("a.opus")
        // All granule positions an hour later, as a live stream that one joins has them.
        for page in OggBytes.pages(bytes).dropFirst(2) {
            let at = page.lowerBound + 6
            let granule = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[at + $1]) << UInt64(8 * $1) } + 48_000 * 3600
            for i in 0..<8 { bytes[at + i] = UInt8(granule >> UInt64(8 * i) & 255) }
            OggBytes.seal(&bytes, page)
        }
        try tools.write(bytes, to: "live.opus")
        let heard = try Self.read(tools.path("live.opus"))
        #expect(heard.samples == 96_000 && heard.gaps.isEmpty && heard.warnings.isEmpty)
    }

    @Test func `another stream in the same file is passed over`() throws {
        let tools = try Tools()
        try tools.sh(
            "ffmpeg -f lavfi -i sine=d=2:r=48000 -f lavfi -i sine=d=2:r=48000 -map 0 -map 1 -c:a:0 libopus -c:a:1 libvorbis -f ogg m.ogg"
        )
        let heard = try Self.read(tools.path("m.ogg"))
        #expect((heard.samples - 96_000).magnitude < 1000 && heard.gaps.isEmpty)
    }

    @Test(arguments: [
        (9, UInt8(0), "0 channels"), (9, 3, "3 channels"), (8, 0x20, "version 32"), (18, 255, "mapping family is 255"),
    ])
    func `a header that cannot be read is refused in words`(offset: Int, value: UInt8, words: String) throws {
        let tools = try Tools()
        try tools.sh("sox -n -b 16 -r 48000 a.wav synth 1 pluck; opusenc --quiet a.wav a.opus")
        var bytes = try tools.bytes("a.opus")
        bytes[28 + offset] = value
        OggBytes.seal(&bytes, OggBytes.pages(bytes)[0])
        try tools.write(bytes, to: "bad.opus")
        let error = #expect(throws: FileError.self) { _ = try Self.read(tools.path("bad.opus")) }
        #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
}
