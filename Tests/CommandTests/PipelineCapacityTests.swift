import Foundation
import StageCosts
import TestCosts
import Testing

@Suite struct PipelineCapacityTests {
    private static let room = ["--speakers", "3", "--listeners", "1000"]

    /// `costs.json` with sample costs, and a pipeline of stages of which there are all costs.
    private static func folder(_ change: (inout CostReport) -> Void = { _ in }) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        var report = SampleCosts.report()
        change(&report)
        try JSONEncoder().encode(report).write(to: URL(filePath: folder.file("costs.json")))
        try "{ pipeline: bare, participant: [opus.decode], room: [mix], listener: [opus.encode] }\n".write(
            toFile: folder.file("bare.yaml"), atomically: true, encoding: .utf8)
        return folder
    }

    private static func check(_ arguments: String..., in folder: TemporaryFolder? = nil) throws -> Shell.Result {
        try Shell.run([Shell.parley, "pipeline", "check"] + arguments, in: folder?.path)
    }

    @Test func `check without a room prints what it always did`() throws {
        let plain = try Self.check("meeting")
        #expect(plain.status == 0 && !plain.text.contains("core"))
        let room = try Shell.run([Shell.parley, "pipeline", "check", "meeting"] + Self.room)
        #expect(room.text.hasPrefix(plain.text))
    }

    @Test func `a room is predicted from shipped costs, and that is said`() throws {
        let result = try Self.check("meeting", "--speakers", "3", "--listeners", "1000")
        #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
        for words in [
            "a room of 3 speakers, all talking, and 1,000 listeners: 4 mixes, 1,003 streams out, every 20 ms",
            "each speaker   engine.receive", "mix, 2 voices", "1,003 ×", "█", "all of it", "of a core: ",
            "one core carries", "rooms like this", "more listeners in this room", "≈ engine.receive",
            "shipped defaults, measured on another machine", "bench stage --pipeline meeting --save costs.json",
        ] { #expect(result.text.contains(words), "\(words) in \(result.text)") }
    }

    @Test func `machines read the same as JSON, a pipeline each`() throws {
        let result = try Self.check("meeting", "stage", "--speakers", "3", "--listeners", "1000", "--json")
        #expect(result.status == 0, "\(result.error)")
        let rows = try #require(try JSONSerialization.jsonObject(with: result.output) as? [[String: Any]])
        #expect(rows.map { $0["pipeline"] as? String } == ["meeting", "stage"])
        #expect(rows[0]["mixes"] as? Int == 4 && rows[0]["streams"] as? Int == 1003)
        #expect(rows[0]["isLowerBound"] as? Bool == false)
        let (load, tick) = (rows[0]["load"] as? Double ?? 0, rows[0]["tickNanoseconds"] as? Double ?? 0)
        let parts = try #require(rows[0]["parts"] as? [[String: Any]])
        let sum = parts.reduce(0.0) { $0 + ($1["nanoseconds"] as? Double ?? 0) * ($1["count"] as? Double ?? 0) }
        #expect((load - sum / tick).magnitude < 1e-9 && load > 0)
        #expect((rows[0]["costs"] as? [String: Any])?["isShipped"] as? Bool == true)
        let phases = (rows[0]["nanoseconds"] as? [String: Any])?["phases"] as? [String: Double]
        #expect(phases?.keys.sorted() == ["encode", "ingest", "mix", "play", "receive", "send", "transmit"])
    }

    @Test func `a file of costs is read, from the option or else from the environment`() throws {
        let folder = try Self.folder()
        let named = try Self.check("bare.yaml", "--speakers", "3", "--costs", "costs.json", in: folder)
        #expect(named.status == 0, "\(named.error)")
        #expect(named.text.contains("costs: 'costs.json': AMD EPYC 7B13") && !named.text.contains("shipped"))
        #expect(
            named.text.contains("('jitter.adaptive' would take them)") && named.text.contains("leaves without packets"))
        #expect(!named.text.contains("engine.") && !named.text.contains("rtp.packetize   "))
        let line = "'\(Shell.parley)' pipeline check bare.yaml --speakers 3"
        let environment = try Shell.sh("PARLEY_COSTS=costs.json \(line)", in: folder.path)
        #expect(environment.text.contains("costs: 'costs.json' (PARLEY_COSTS): AMD EPYC 7B13"), "\(environment.error)")
        let both = try Shell.sh("PARLEY_COSTS=nowhere.json \(line) --costs costs.json", in: folder.path)
        #expect(both.status == 0 && both.text.contains("costs: 'costs.json': "), "\(both.error)")
        let empty = try Shell.sh("PARLEY_COSTS= \(line)", in: folder.path)
        #expect(empty.status == 0 && empty.text.contains("shipped defaults"))
    }

    @Test func `stages without a cost are named, with what to do, and the room is a lower bound`() throws {
        let folder = try Self.folder { report in report.costs.removeAll { $0.subject.kind == "opus.encode" } }
        let result = try Self.check("bare.yaml", "--speakers", "3", "--costs", "costs.json", in: folder)
        #expect(result.status == 0)
        for words in [
            "no cost is known of opus.encode: counted as 0", "all of it         at least ", "unknown",
            "'parley bench stage --pipeline bare.yaml", "or at most ",
        ] { #expect(result.text.contains(words), "\(words) in \(result.text)") }
    }

    @Test func `costs that have nothing to do with the pipeline are refused`() throws {
        let folder = try Self.folder { report in report.costs.removeAll { $0.subject.kind != "gain" } }
        let result = try Self.check("bare.yaml", "--speakers", "3", "--costs", "costs.json", in: folder)
        #expect(result.status == 65 && result.error.contains("'costs.json' has no cost of any stage of 'bare'"))
    }

    @Test func `a file of costs that is missing or damaged is told`() throws {
        let folder = try Self.folder()
        try Shell.sh("echo '{' > bad.json", in: folder.path)
        let missing = try Self.check("meeting", "--speakers", "3", "--costs", "nowhere.json", in: folder)
        #expect(missing.status == 66 && missing.text.isEmpty)
        #expect(missing.error.contains("--costs: cannot read 'nowhere.json'"))
        #expect(missing.error.contains("'parley bench stage --save nowhere.json' writes it"))
        let bad = try Self.check("meeting", "--speakers", "3", "--costs", "bad.json", in: folder)
        #expect(bad.status == 65 && bad.error.contains("'bad.json' is not JSON"))
        let environment = try Shell.sh(
            "PARLEY_COSTS=nowhere.json '\(Shell.parley)' pipeline check meeting --speakers 3", in: folder.path)
        #expect(environment.status == 66 && environment.error.contains("PARLEY_COSTS: cannot read 'nowhere.json'"))
    }

    @Test(
        arguments: [
            (["--speakers", "1025"], "--speakers must be 0 to 1024, not 1025"),
            (["--speakers=-1"], "--speakers must be 0 to 1024, not -1"),
            (["--listeners", "1000001"], "--listeners must be 0 to 1000000, not 1000001"),
            (["--speakers", "many"], "'many'"), (["--speakers", "0", "--listeners", "0"], "nobody is in the room"),
            (["--json"], "--json is for a prediction"), (["--costs", "x.json"], "--costs is for a prediction"),
        ])
    func `numbers that make no room are refused`(options: [String], words: String) throws {
        let result = try Shell.run([Shell.parley, "pipeline", "check", "meeting"] + options)
        #expect(result.status == 64 && result.error.contains(words), "\(result.error)")
    }

    @Test(arguments: [["--speakers", "1"], ["--listeners", "5"], ["--speakers", "1024", "--listeners", "1000000"]])
    func `rooms at the limits are predicted`(options: [String]) throws {
        let result = try Shell.run([Shell.parley, "pipeline", "check", "guild-voice", "podcast"] + options)
        #expect(result.status == 0 && result.text.contains("one core carries"), "\(result.error)")
    }

    @Test func `a pipeline that is refused does not hide the others`() throws {
        let folder = try Self.folder()
        try Shell.sh("echo 'x: 1' > bad.yaml", in: folder.path)
        let result = try Self.check("bad.yaml", "meeting", "--speakers", "3", "--json", in: folder)
        #expect(result.status == 78 && result.error.contains("bad.yaml:1:1"))
        #expect((try JSONSerialization.jsonObject(with: result.output) as? [Any])?.count == 1)
    }
}
