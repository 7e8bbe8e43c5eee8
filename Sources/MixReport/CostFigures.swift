import MediaCore
import StageCosts

/// The table of a page of costs: every figure, without columns that have nothing.
struct CostFigures {
    private struct Column {
        var title: String
        var isWords = false
        var value: (StageCost) -> String?
    }

    private let costs: [StageCost]
    private let columns: [Column]

    init(_ costs: [StageCost], _ labels: CostLabels) {
        self.costs = costs
        let all = [
            Column(title: "stage", isWords: true) { labels.title($0.subject) },
            Column(title: "input", isWords: true) { labels.detail($0.subject) },
            Column(title: "per", isWords: true) { $0.unit.rawValue },
            Column(title: "median") { CostText.time($0.nanoseconds.median) },
            Column(title: "95 %") { CostText.time($0.nanoseconds.p95) },
            Column(title: "99 %") { CostText.time($0.nanoseconds.p99) },
            Column(title: "÷ floor") { $0.floor.map { CostText.ratio($0.ratio) } },
            Column(title: "interval") {
                $0.floor.map { "\(CostText.ratio($0.interval.low))–\(CostText.ratio($0.interval.high))" }
            },
            Column(title: "streams") { $0.nanoseconds.median > 0 ? CostText.count($0.streamsPerCore) : "∞" },
            Column(title: "allocations") { $0.allocations.map(CostText.count) },
            Column(title: "reads") { $0.bytes.input > 0 ? CostText.bytes($0.bytes.input) : nil },
            Column(title: "writes") { $0.bytes.output > 0 ? CostText.bytes($0.bytes.output) : nil },
            Column(title: "keeps") { $0.bytes.state.map(CostText.bytes) },
            Column(title: "instructions") { $0.instructions.map(CostText.count) },
            Column(title: "Gsamples/s") { $0.gigasamples.map(CostText.digits) },
            Column(title: "floor", isWords: true) { $0.floor.map { TextFormat.printable($0.name, limit: 80) } },
        ]
        columns = all.filter { column in costs.contains { !(column.value($0) ?? "").isEmpty } }
    }

    var html: String {
        let head = columns.map { "<th\($0.isWords ? " class=\"words\"" : "")>\($0.title)</th>" }.joined()
        let rows = costs.map { cost in
            "<tr>" + columns.map { cell($0, cost) }.joined() + "</tr>"
        }
        return "<div class=\"wide\"><table><tr>\(head)</tr>\(rows.joined(separator: "\n"))</table></div>"
    }

    private func cell(_ column: Column, _ cost: StageCost) -> String {
        let isBad = column.title == "allocations" && cost.allocations ?? 0 > 0
        let style = column.isWords ? " class=\"words\"" : isBad ? " class=\"bad\"" : ""
        return "<td\(style)>\(MixReport.escaped(column.value(cost) ?? "–"))</td>"
    }
}
