import Foundation
import StageCosts
import TestCosts
import Testing

@Suite struct BenchCompareTests {
    private static func write(_ report: CostReport, to path: String) throws {
        try JSONEncoder().encode(report).write(to: URL(filePath: path))
    }

    /// `old.json` as it was measured, and `new.json` as it was changed.
    private static func folder(_ change: (inout CostReport) -> Void) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        var report = SampleCosts.report()
        try write(report, to: folder.file("old.json"))
        change(&report)
        try write(report, to: folder.file("new.json"))
        return folder
    }

    private static func slow(_ report: inout CostReport, by factor: Double) throws {
        let index = try #require(report.costs.firstIndex { $0.subject.kind == "opus.decode" })
        let floor = try #require(report.costs[index].floor)
        report.costs[index].floor?.ratio *= factor
        report.costs[index].floor?.interval = Interval(
            low: floor.interval.low * factor, high: floor.interval.high * factor)
    }

    @Test func `nothing changed ends with 0`() throws {
        let folder = try Self.folder { _ in }
        let result = try Shell.parley("bench", "compare", "old.json", "new.json", in: folder.path)
        #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
        #expect(result.text.contains("45 costs compared") && result.text.contains("no regression above 5.0 %"))
    }

    @Test(
        arguments: [
            (nil, 1), ("5 %", 1), ("5%", 1), ("5", 1), ("9.9", 1), ("10.1", 0), ("50 %", 0),
        ] as [(String?, Int32)])
    func `a regression ends with 1, where it is above the bar`(bar: String?, status: Int32) throws {
        let folder = try Self.folder { try? Self.slow(&$0, by: 1.1) }
        let options = bar.map { ["--fail-above", $0] } ?? []
        let result = try Shell.run(
            [Shell.parley, "bench", "compare", "old.json", "new.json"] + options, in: folder.path)
        #expect(result.status == status, "\(result.text)\(result.error)")
        #expect(result.text.contains("opus.decode, speech") && result.text.contains("+10.0 %"))
        #expect(result.text.contains("  regression\n") == (status == 1))
    }

    @Test func `machines read the same as JSON`() throws {
        let folder = try Self.folder { report in
            try? Self.slow(&report, by: 1.1)
            report.costs[0].allocations = 1
        }
        let result = try Shell.parley("bench", "compare", "old.json", "new.json", "--json", in: folder.path)
        #expect(result.status == 1)
        let comparison = try JSONDecoder().decode(CostComparison.self, from: result.output)
        #expect(comparison.regressions.map(\.measure) == [.allocations, .ratio])
        #expect(comparison.isSameMachine && comparison.failAbove == 0.05)
    }

    @Test func `a faster machine of another kind does not fail`() throws {
        let folder = try Self.folder { report in
            report.machine.processor = "Intel Xeon"
            for index in report.costs.indices { report.costs[index].nanoseconds.median *= 3 }
        }
        let result = try Shell.parley("bench", "compare", "old.json", "new.json", in: folder.path)
        #expect(result.status == 0 && result.text.contains("machines differ") && result.text.contains("not comparable"))
    }

    @Test func `reports of different benches are refused`() throws {
        let folder = try Self.folder { report in
            for index in report.costs.indices { report.costs[index].subject.kind += "2" }
        }
        let result = try Shell.parley("bench", "compare", "old.json", "new.json", in: folder.path)
        #expect(result.status == 65 && result.text.isEmpty && result.error.contains("have no cost in common"))
    }

    /// What a file holds, how the command ends, and what it says.
    private static let refused: [(text: String, words: String)] = [
        ("", "is empty; measure again"), ("hello", "is not JSON (Invalid value around character 0)"),
        ("{\"schema\": 1,", "is not JSON"),
        ("\u{FEFF}\u{0}", "is not JSON"),
        (String(repeating: "[", count: 100_000), "is not JSON"),
        ("[1, 2]", "no report of 'parley bench'"), ("{\"a\": 1}", "no report of 'parley bench'"),
        ("{\"schema\": \"one\", \"parley\": \"x\"}", "no report of 'parley bench'"),
        (
            "{\"schema\": 7, \"parley\": \"9.0\\u001b[31m\"}",
            "has form 7, written by Parley 9.0?[31m; this Parley reads form 1"
        ),
        (
            "{\"schema\": 1, \"parley\": \"x\", \"date\": \"\", \"machine\": {\"processor\": \"\"}}",
            "is damaged: machine.cores is missing"
        ),
    ]

    @Test(arguments: refused.indices) func `what is no report is refused in one line`(index: Int) throws {
        let folder = try Self.folder { _ in }
        let (text, words) = Self.refused[index]
        try text.write(toFile: folder.file("bad.json"), atomically: false, encoding: .utf8)
        let result = try Shell.parley("bench", "compare", "old.json", "bad.json", in: folder.path)
        #expect(result.status == 65 && result.text.isEmpty)
        #expect(result.error.hasPrefix("parley: error: 'bad.json' "), "\(result.error)")
        #expect(result.error.contains(words) && result.error.count { $0 == "\n" } == 1, "\(result.error)")
    }

    @Test(arguments: [
        ("-5", "nanoseconds"), ("\"x\"", "costs[0].nanoseconds.median"), ("1e400", "1e400 is not"), ("null", "median"),
    ])
    func `a damaged number is named`(number: String, words: String) throws {
        let folder = try Self.folder { $0.costs = [SampleCosts.cost("mix", 4321)] }
        let text = try String(contentsOfFile: folder.file("new.json"), encoding: .utf8)
        let damaged = text.replacing("\"median\":4321", with: "\"median\":\(number)")
        #expect(damaged != text)
        try damaged.write(toFile: folder.file("bad.json"), atomically: false, encoding: .utf8)
        let result = try Shell.parley("bench", "compare", "bad.json", "new.json", in: folder.path)
        #expect(result.status == 65 && result.error.contains("'bad.json'"), "\(result.error)")
        #expect(result.error.contains(words), "\(result.error)")
    }

    @Test func `missing, unreadable and endless files are told apart`() throws {
        let folder = try Self.folder { _ in }
        let missing = try Shell.parley("bench", "compare", "old.json", "gone.json", in: folder.path)
        #expect(missing.status == 66 && missing.error.contains("cannot read 'gone.json': No such file"))
        let directory = try Shell.parley("bench", "compare", ".", "old.json", in: folder.path)
        #expect(directory.status == 66 && directory.error.contains("it is a folder"))
        let endless = try Shell.parley("bench", "compare", "/dev/zero", "old.json", in: folder.path)
        #expect(endless.status == 65 && endless.error.contains("longer than the 16 MiB"))
    }

    @Test(arguments: ["x", "%", "nan", "1001", "5 dB"]) func `a bar is a percentage`(bar: String) throws {
        let folder = try Self.folder { _ in }
        let result = try Shell.parley(
            "bench", "compare", "old.json", "new.json", "--fail-above=\(bar)", in: folder.path)
        #expect(result.status == 64 && result.error.contains("like '5 %'"), "\(result.error)")
    }
}
