import StageCosts
import TestCosts
import Testing

@Suite struct CostCSVTests {
    /// RFC 4180, as strict as it is: lines end with CRLF, quotes are doubled in quotes.
    private static func parse(_ text: String) throws -> [[String]] {
        var (lines, fields, field): ([[String]], [String], String) = ([], [], "")
        var isQuoted = false
        var scalars = Array(text.unicodeScalars)[...]
        while let scalar = scalars.popFirst() {
            switch (scalar, isQuoted) {
            case ("\"", true):
                if scalars.first == "\"" {
                    field.unicodeScalars.append(scalars.removeFirst())
                } else {
                    isQuoted = false
                }
            case ("\"", false):
                try #require(field.isEmpty)
                isQuoted = true
            case (",", false):
                fields.append(field)
                field = ""
            case ("\r", false):
                try #require(scalars.popFirst() == "\n")
                lines.append(fields + [field])
                (fields, field) = ([], "")
            default: field.unicodeScalars.append(scalar)
            }
        }
        try #require(!isQuoted && field.isEmpty && fields.isEmpty)
        return lines
    }

    @Test func `every cost comes back`() throws {
        let report = SampleCosts.report()
        let lines = try Self.parse(CostTable.csv(report))
        #expect(lines.count == report.costs.count + 1)
        #expect(lines.allSatisfy { $0.count == lines[0].count })
        for (cost, line) in zip(report.costs, lines.dropFirst()) {
            let row = Dictionary(uniqueKeysWithValues: zip(lines[0], line))
            #expect(row["kind"] == cost.subject.kind && row["input"] == cost.subject.input)
            #expect(row["part"] == cost.subject.part ?? "" && row["unit"] == cost.unit.rawValue)
            #expect(row["median_ns"].flatMap(Double.init) == cost.nanoseconds.median)
            #expect(row["p99_ns"].flatMap(Double.init) == cost.nanoseconds.p99)
            #expect(row["ratio"].flatMap(Double.init) == cost.floor?.ratio)
            #expect(row["state_bytes"].flatMap(Int.init) == cost.bytes.state)
            #expect(row["instructions"]?.isEmpty == true)
        }
    }

    @Test func `commas, quotes and line ends stay within their field`() throws {
        var report = SampleCosts.report()
        report.costs = [SampleCosts.cost("a,\"b\"\r\nc", 1, input: "\"", arguments: ["y": "2", "x": "1, 2"])]
        let lines = try Self.parse(CostTable.csv(report))
        let row = Dictionary(uniqueKeysWithValues: zip(lines[0], lines[1]))
        #expect(row["kind"] == "a,\"b\"\r\nc" && row["input"] == "\"" && row["arguments"] == "x=1, 2;y=2")
    }
}
