import StageCosts
import TestCosts
import Testing

@Suite struct CostTableTests {
    private static func lines(_ report: CostReport, width: Int, color: Bool = false) -> [String] {
        CostTable.text(report, width: width, color: color).split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }

    /// Without escape sequences of colours.
    private static func plain(_ line: String) -> String { line.replacing(/\u{1B}\[[0-9]+m/, with: "") }

    /// The header of the table and its rows.
    private static func table(_ lines: [String]) throws -> (header: String, rows: ArraySlice<String>) {
        let start = try #require(lines.firstIndex { $0.hasPrefix("stage") })
        return (lines[start], lines[(start + 1)...].prefix { !$0.isEmpty })
    }

    @Test(arguments: [40, 60, 79, 80, 81, 100, 120, 160, 200, 400], [false, true])
    func `no line is wider than the terminal`(width: Int, color: Bool) {
        for line in Self.lines(SampleCosts.report(), width: width, color: color).map(Self.plain) {
            #expect(line.count <= width, "\(line)")
            #expect(line.last != " ", "\(line)")
        }
    }

    @Test(arguments: [60, 80, 100, 120, 160, 200], [false, true])
    func `figures end where the names of their columns do`(width: Int, color: Bool) throws {
        let lines = Self.lines(SampleCosts.report(), width: width, color: color).map(Self.plain)
        let (header, rows) = try Self.table(lines)
        #expect(rows.count == SampleCosts.report().costs.count)
        let titles = ["median", "p95", "p99", "streams", "allocs"].filter(header.contains)
        #expect(titles.contains("median"))
        for title in titles {
            let end = header.distance(
                from: header.startIndex, to: try #require(header.firstRange(of: title)).upperBound)
            for row in rows {
                let cells = Array(row)
                #expect(cells[end - 1] != " " && (end == cells.count || cells[end] == " "), "\(title): \(row)")
            }
        }
    }

    @Test func `80 columns hold name, input, median and ratio; wide ones hold everything`() throws {
        let narrow = try Self.table(Self.lines(SampleCosts.report(), width: 80))
        let row = try #require(narrow.rows.first { $0.hasPrefix("srtp.protect, 1000 keys") })
        for word in ["speech", "250 ns", "1.080"] { #expect(row.contains(word), "\(word)") }
        let wide = try Self.table(Self.lines(SampleCosts.report(), width: 220)).header
        for title in ["p99", "per", "streams", "allocs", "bytes", "state", "Gsmp/s", "ratio", "95 %"] {
            #expect(wide.contains(title), "\(title)")
        }
        #expect(!wide.contains("instr"), "nothing counted instructions")
    }

    @Test func `what is no terminal gets ASCII without colours`() {
        let text = CostTable.text(SampleCosts.report(), width: 200, color: false)
        #expect(text.unicodeScalars.allSatisfy { $0.isASCII && ($0 == "\n" || $0.value >= 32) })
        #expect(text.contains("24.1 us") && text.contains("####"))
        #expect(CostTable.text(SampleCosts.report(), width: 200, color: true).contains("24.1 µs"))
    }

    @Test func `machine, warnings and floors are told`() {
        let text = CostTable.text(SampleCosts.report(), width: 120, color: false)
        for words in [
            "AMD EPYC 7B13, 2 cores, virtual (steal 0.3 %)", "libopus 1.4", "48 kHz mono, frames of 20 ms",
            "warning: the processor's speed varied", "not to be had here: instruction counters",
            "opus_decode_float for opus.decode",
        ] {
            #expect(text.contains(words), "\(words)")
        }
    }

    @Test func `only arguments that tell costs apart are shown`() {
        let text = CostTable.text(SampleCosts.report(), width: 160, color: false)
        #expect(text.contains("speech, bitrate 64 kbit/s") && text.contains("speech, bitrate 96 kbit/s"))
        #expect(!text.contains("complexity") && !text.contains("cutoff"))
    }

    @Test func `a file's words cannot move the cursor`() {
        var report = SampleCosts.report()
        report.machine.processor = "evil\u{1B}[2J\n"
        report.warnings = ["\u{07}bell\r"]
        report.costs[0].subject.kind = "a\u{9B}31m\u{202E}b"
        report.costs[0].subject.input = "tab\tbed"
        let text = CostTable.text(report, width: 200, color: false)
        #expect(text.unicodeScalars.allSatisfy { $0.isASCII && ($0 == "\n" || $0.value >= 32) })
        #expect(text.contains("evil?[2J?") && text.contains("a?31m?b") && text.contains("tab?bed"))
    }

    @Test func `without floors the bars are times`() throws {
        var report = SampleCosts.report()
        report.costs = [SampleCosts.cost("a", 1000), SampleCosts.cost("b", 2000)]
        let rows = try Self.table(Self.lines(report, width: 120)).rows
        let bars = rows.map { $0.count { $0 == "#" } }
        #expect(bars[0] > 0 && bars[1] == 2 * bars[0])
    }

    @Test func `what is not 0 has a bar, and an endless ratio an arrow`() {
        var report = SampleCosts.report()
        report.costs = [SampleCosts.cost("a", 1000, floor: ("f", 90)), SampleCosts.cost("b", 1, floor: ("f", 0.001))]
        let text = CostTable.text(report, width: 200, color: true)
        #expect(text.contains("▶") && text.contains("▏"))
    }

    @Test func `a report without costs is its machine`() {
        var report = SampleCosts.report()
        report.costs = []
        #expect(Self.lines(report, width: 80)[0].hasPrefix("AMD EPYC"))
        #expect(CostTable.csv(report).split(separator: "\r\n").count == 1)
    }
}
