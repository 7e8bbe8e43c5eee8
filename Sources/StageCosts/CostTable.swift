import MediaCore

/// A report as a table: for people in a terminal, and as CSV.
public enum CostTable {
    /// The machine, a line for each cost, warnings, and what is not self-evident.
    ///
    /// - Parameters:
    ///   - width: columns of the terminal; what matters least is left out where there are few. No line is longer.
    ///   - color: whether it is a terminal that knows colours. Else there are neither colours nor signs beyond ASCII.
    public static func text(_ report: CostReport, width: Int, color: Bool) -> String {
        let width = max(width, 40)
        func line(_ text: String, _ style: TextTable.Style) -> String {
            color ? style.applied(text, true) : CostText.ascii(text)
        }
        let labels = CostLabels(report.costs.map(\.subject))
        var head = TextFormat.wrapped(report.machine.text, width: width)
        head += TextFormat.wrapped(report.origin, width: width)
        if let format = labels.format { head.append(format.text + ", one thread") }
        var lines = head.map { line($0, .faint) }
        let table = table(report.costs, labels, color)
        if !report.costs.isEmpty { lines += [""] + table.lines(width: width) }
        let notes = warnings(report).flatMap { note in
            TextFormat.wrapped("warning: " + note, width: width, indent: 9).map { line($0, .warm) }
        }
        let legend = legend(report.costs, shown: table.titles(width: width)).flatMap { item in
            TextFormat.wrapped(
                TextFormat.left(item.name, legendIndent - 2) + "  " + item.text, width: width, indent: legendIndent,
                keeping: legendIndent
            ).map { line($0, .faint) }
        }
        for block in [notes, legend] where !block.isEmpty { lines += [""] + block }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let legendIndent = 10

    private static func table(_ costs: [StageCost], _ labels: CostLabels, _ color: Bool) -> TextTable {
        typealias Column = TextTable.Column
        var table = TextTable(
            [
                Column("stage", isLeft: true), Column("", isLeft: true), Column("median"),
                Column("p95", importance: 80), Column("p99", importance: 75),
                Column("per", isLeft: true, importance: 60),
                Column("streams", importance: 85), Column("allocs", importance: 70),
                Column("bytes", importance: 30), Column("state", importance: 35),
                Column("instr", importance: 40), Column("Gsmp/s", importance: 20),
                Column("ratio"), Column("95 %", isLeft: true, importance: 65),
            ], color: color)
        for cost in costs { table.add(row(cost, labels)) }
        let bar = CostBar(costs, color: color)
        table.bars = TextTable.Bars(importance: bar.showsRatios ? 50 : 78, widths: 10...32) { bar.cell(costs[$0], $1) }
        return table
    }

    private static func row(_ cost: StageCost, _ labels: CostLabels) -> [TextTable.Cell] {
        typealias Cell = TextTable.Cell
        let time = cost.nanoseconds
        let touched = cost.bytes.input + cost.bytes.output
        let allocations = cost.allocations ?? 0
        return [
            Cell(labels.title(cost.subject), .strong), Cell(labels.detail(cost.subject), .faint),
            Cell(CostText.time(time.median), .strong), Cell(CostText.time(time.p95)), Cell(CostText.time(time.p99)),
            Cell(cost.unit.rawValue, .faint),
            Cell(time.median > 0 ? CostText.count(cost.streamsPerCore) : "∞"),
            Cell(cost.allocations.map(CostText.count) ?? "", allocations > 0 ? .bad : .plain),
            Cell(touched > 0 ? CostText.bytes(touched) : ""), Cell(cost.bytes.state.map(CostText.bytes) ?? ""),
            Cell(cost.instructions.map(CostText.count) ?? ""), Cell(cost.gigasamples.map(CostText.digits) ?? ""),
            Cell(cost.floor.map { CostText.ratio($0.ratio) } ?? "", .strong),
            Cell(
                cost.floor.map { "\(CostText.ratio($0.interval.low))–\(CostText.ratio($0.interval.high))" } ?? "",
                .faint),
        ]
    }

    private static func warnings(_ report: CostReport) -> [String] {
        let missing = report.machine.missing.map { "not to be had here: \($0)" }
        return (report.warnings + missing).map { TextFormat.printable($0, limit: 400) }
    }

    /// What the columns mean, of those that there are.
    private static func legend(_ costs: [StageCost], shown: [String]) -> [(name: String, text: String)] {
        guard !costs.isEmpty else { return [] }
        let explanations = [
            ("streams", "what one core carries at real time, at one of the unit for every frame"),
            ("bytes", "read and written for one of the unit"),
            ("state", "bytes that one instance keeps"),
            ("instr", "instructions in user space for one of the unit"),
            ("Gsmp/s", "samples a second that are read, in billions"),
        ]
        var legend = explanations.filter { shown.contains($0.0) }
        var floors: [(name: String, titles: [String])] = []
        for cost in costs {
            guard let floor = cost.floor else { continue }
            let title = cost.subject.title
            if let index = floors.firstIndex(where: { $0.name == floor.name }) {
                if !floors[index].titles.contains(title) { floors[index].titles.append(title) }
            } else {
                floors.append((floor.name, [title]))
            }
        }
        guard !floors.isEmpty else { return legend }
        legend.append(
            (
                "ratio",
                "to the floor, the same work in bare C in the same run, with where 95 % of "
                    + "repetitions would be; what a bar has beyond it is set off"
            ))
        for (index, floor) in floors.enumerated() {
            let text = "\(floor.name) for \(floor.titles.joined(separator: "; "))"
            legend.append((index == 0 ? "floor" : "", TextFormat.printable(text, limit: 400)))
        }
        return legend
    }
}
