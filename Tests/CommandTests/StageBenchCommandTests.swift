import Foundation
import Testing

/// `parley bench stage`, `kernels` and `pipeline`, as a user would run them.
@Suite struct StageBenchCommandTests {
    private struct Report: Decodable {
        struct Subject: Decodable {
            var kind: String
            var arguments: [String: String]
            var input: String
        }
        struct Cost: Decodable {
            var subject: Subject
            var allocations: Double?
        }
        var costs: [Cost]
    }

    @Test func `a stage is measured with the parameters that are set`() throws {
        let result = try Shell.parley(
            "bench", "stage", "opus.encode", "--set", "bitrate=24kbit/s", "--set", "complexity=0", "--input",
            "speech,noise",
            "--time", "0.02", "--json")
        #expect(result.status == 0, "\(result.error)")
        let report = try JSONDecoder().decode(Report.self, from: result.output)
        #expect(report.costs.map(\.subject.input) == ["speech", "noise"])
        #expect(report.costs.allSatisfy { $0.subject.arguments["bitrate"] == "24 kbit/s" })
        #expect(report.costs.allSatisfy { $0.subject.arguments["complexity"] == "0" })
    }

    @Test func `one run gives a table, a page, and costs that a prediction and a comparison take`() throws {
        let folder = try TemporaryFolder()
        let measured = try Shell.parley(
            "bench", "stage", "--pipeline", "guild-voice", "--time", "0.01", "--keys", "8", "--voices", "2,8", "--save",
            "costs.json", "--report", "page.html", in: folder.path)
        #expect(measured.status == 0, "\(measured.error)")
        #expect(measured.text.contains("silence.gate") && measured.text.contains("opus_decode_float"))
        #expect(try String(contentsOfFile: folder.file("page.html"), encoding: .utf8).contains("</html>"))
        let again = try Shell.parley("bench", "stage", "gain", "--save", "costs.json", in: folder.path)
        #expect(again.status == 73 && again.error.contains("--force"))
        let predicted = try Shell.parley(
            "pipeline", "check", "guild-voice", "--speakers", "3", "--listeners", "10", "--costs", "costs.json",
            in: folder.path)
        #expect(predicted.status == 0 && !predicted.text.contains("at least"), "\(predicted.error)")
        let same = try Shell.parley("bench", "compare", "costs.json", "costs.json", in: folder.path)
        #expect(same.status == 0, "\(same.text)")
    }

    @Test func `CSV has a line for each figure`() throws {
        let result = try Shell.parley("bench", "stage", "gain", "limit", "--input", "speech", "--time", "0.01", "--csv")
        #expect(result.status == 0 && result.text.split(whereSeparator: \.isNewline).count == 3)
    }

    @Test func `kernels are measured`() throws {
        let result = try Shell.parley("bench", "kernels", "--time", "0.01")
        #expect(result.status == 0 && result.text.contains("machine.sendmmsg"), "\(result.error)")
    }

    @Test func `a room is measured beside its prediction`() throws {
        let result = try Shell.parley(
            "bench", "pipeline", "guild-voice", "--speakers", "2", "--listeners", "5", "--ticks", "20", "--time", "0.01"
        )
        #expect(result.status == 0, "\(result.error)")
        for word in ["2 speakers", "5 listeners", "predicted", "measured", "transmit"] {
            #expect(result.text.contains(word), "\(word)")
        }
    }

    @Test func `a room with a suite of one's own, as JSON`() throws {
        let folder = try TemporaryFolder()
        try """
        pipeline: open
        participant: [srtp.unprotect, jitter.adaptive, opus.decode]
        room: [mix]
        listener: [opus.encode, rtp.packetize, srtp.protect]
        """.write(toFile: folder.file("open.yaml"), atomically: true, encoding: .utf8)
        let result = try Shell.parley(
            "bench", "pipeline", folder.file("open.yaml"), "--speakers", "1", "--listeners", "2", "--ticks", "20",
            "--time",
            "0.01",
            "--suite", "aead_xchacha20_poly1305_rtpsize", "--json")
        #expect(result.status == 0, "\(result.error)")
        let room = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        #expect((room["phases"] as? [Any])?.count == 7 && room["members"] as? Int == 2)
    }

    struct Mistake: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var status: Int32
        var words: [String]
        var testDescription: String { arguments.joined(separator: " ") }
    }

    static let mistakes = [
        Mistake(arguments: ["stage", "opus.decod"], status: 64, words: ["opus.decod", "did you mean 'opus.decode'?"]),
        Mistake(
            arguments: ["stage", "opus.encode", "--set", "bitrat=1"], status: 64,
            words: ["no parameter 'bitrat'", "did you mean 'bitrate'?"]),
        Mistake(
            arguments: ["stage", "opus.encode", "--set", "bitrate=5"], status: 64, words: ["opus.encode", "bitrate"]),
        Mistake(arguments: ["stage", "opus.encode", "--set", "bitrate"], status: 64, words: ["name=value"]),
        Mistake(arguments: ["stage", "--set", "level=3dB"], status: 64, words: ["--set is for one stage"]),
        Mistake(arguments: ["stage", "gain", "--pipeline", "meeting"], status: 64, words: ["takes no names"]),
        Mistake(arguments: ["stage", "--input", "music"], status: 64, words: ["not 'music'"]),
        Mistake(arguments: ["stage", "--voices", "1"], status: 64, words: ["--voices"]),
        Mistake(
            arguments: ["stage", "--suite", "aead-aes-128-gmc"], status: 64,
            words: ["did you mean 'aead-aes-128-gcm'?"]),
        Mistake(arguments: ["stage", "--time", "0"], status: 64, words: ["--time"]),
        Mistake(arguments: ["pipeline", "gone.yaml"], status: 66, words: ["gone.yaml"]),
        Mistake(arguments: ["pipeline", "guild-voice", "--speakers", "-1"], status: 64, words: ["--speakers"]),
        Mistake(
            arguments: ["pipeline", "guild-voice", "--speakers", "0", "--listeners", "0"], status: 64,
            words: ["nobody is in the room"]),
        Mistake(arguments: ["pipeline", "guild-voice", "--costs", "gone.json"], status: 66, words: ["gone.json"]),
    ]

    @Test(arguments: mistakes) func `mistakes are named, with what to do`(mistake: Mistake) throws {
        let result = try Shell.run([Shell.parley, "bench"] + mistake.arguments)
        #expect(result.status == mistake.status, "\(result.error)")
        for word in mistake.words { #expect(result.error.contains(word), "\(word): \(result.error)") }
        #expect(result.output.isEmpty)
    }

    @Test func `a pipeline without packets cannot be run as a room`() throws {
        let folder = try TemporaryFolder()
        try """
        pipeline: bare
        participant: [opus.decode]
        room: [mix]
        listener: [opus.encode]
        """.write(toFile: folder.file("bare.yaml"), atomically: true, encoding: .utf8)
        let result = try Shell.parley("bench", "pipeline", "bare.yaml", in: folder.path)
        #expect(result.status == 78 && result.error.contains("jitter.adaptive"), "\(result.error)")
    }
}
