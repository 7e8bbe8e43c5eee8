import MediaCore

extension CostComparison {
    /// What is worse, better and missing, for people; see `CostTable.text` for width and colour.
    public func text(width: Int, color: Bool) -> String {
        let width = max(width, 40)
        var blocks: [[String]] = [notes.flatMap { wrapped("note: " + $0, width, indent: 6, .warm, color) }]
        blocks.append(section("worse", [.regression, .worse], .bad, width, color))
        blocks.append(section("better", [.better], .good, width, color))
        blocks.append(
            section(
                "not comparable", [.incomparable], .plain, width, color))
        blocks.append(list("only in the old report", onlyInOld, width, color))
        blocks.append(list("only in the new report", onlyInNew, width, color))
        blocks.append(summary(width, color))
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    // MARK: - Sections

    private func section(
        _ title: String, _ verdicts: Set<Verdict>, _ style: TextTable.Style, _ width: Int, _ color: Bool
    ) -> [String] {
        let chosen = changes.filter { verdicts.contains($0.verdict) }.sorted { first, second in
            let (one, other) = (Self.rank(first), Self.rank(second))
            return one == other ? first.label < second.label : one > other
        }
        guard !chosen.isEmpty else { return [] }
        var table = TextTable(
            [
                .init(title, isLeft: true), .init("", isLeft: true, importance: 50), .init("old", importance: 80),
                .init("new", importance: 90), .init("change"), .init("", isLeft: true, importance: 70),
                .init("", isLeft: true),
            ], color: color)
        for change in chosen {
            let half = change.interval.map { CostText.percent(($0.high - $0.low) / 2) }
            table.add([
                .init(change.label, .strong), .init(change.measure.words, .faint),
                .init(change.measure.text(change.old)), .init(change.measure.text(change.new)),
                .init(change.change.map { CostText.percent($0, isChange: true) } ?? "from 0", style),
                .init(half.map { "± " + $0 } ?? "", .faint),
                .init(change.verdict == .regression ? "regression" : "", .bad),
            ])
        }
        return table.lines(width: width)
    }

    private func list(_ title: String, _ labels: [String], _ width: Int, _ color: Bool) -> [String] {
        guard !labels.isEmpty else { return [] }
        return wrapped(title, width, indent: 0, .faint, color)
            + labels.flatMap { wrapped($0, width, indent: 2, .plain, color) }
    }

    private func summary(_ width: Int, _ color: Bool) -> [String] {
        func count(_ verdict: Verdict) -> Int { changes.count { $0.verdict == verdict } }
        let costs = Set(changes.map(\.subject)).count
        let (failed, unchanged) = (regressions.count, count(.unchanged))
        let allowed = CostText.percent(failAbove)
        var lines = [
            "\(costs) cost\(costs == 1 ? "" : "s") compared; of \(changes.count) figures \(unchanged) unchanged, "
                + "\(count(.better)) better, \(failed + count(.worse)) worse"
        ]
        if changes.contains(where: { $0.measure == .time && $0.verdict != .incomparable }) {
            lines.append("compared by time, where there is no floor: the machine's own speed is in it")
        }
        let verdict =
            failed == 0
            ? "no regression above \(allowed)"
            : "\(failed) regression\(failed == 1 ? "" : "s"): above \(allowed), or allocations where there were none"
        return lines.flatMap { wrapped($0, width, indent: 2, .faint, color) }
            + wrapped(verdict, width, indent: 2, failed == 0 ? .good : .bad, color)
    }

    private func wrapped(
        _ text: String, _ width: Int, indent: Int, _ style: TextTable.Style, _ color: Bool
    ) -> [String] {
        TextFormat.wrapped(color ? text : CostText.ascii(text), width: width, indent: indent).map {
            style.applied($0, color)
        }
    }

    /// The worst first; what rose from 0 is worst of all.
    private static func rank(_ change: Change) -> Double {
        change.verdict == .better ? -(change.change ?? 0) : change.change ?? .infinity
    }
}

extension CostComparison.Measure {
    fileprivate var words: String {
        switch self {
        case .ratio: "÷ floor"
        case .time: "time"
        case .allocations: "allocations"
        case .instructions: "instructions"
        }
    }

    fileprivate func text(_ value: Double) -> String {
        switch self {
        case .ratio: CostText.ratio(value)
        case .time: CostText.time(value)
        case .allocations, .instructions: CostText.count(value)
        }
    }
}
