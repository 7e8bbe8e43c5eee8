import Glibc
import MediaCore
import StageCosts

/// Draws costs as SVG: a row for each, those of one stage together.
struct CostCharts {
    /// Rows that are drawn; the table has the rest.
    static let maximumRows = 150
    /// Of the chart of shares, where the many that take next to nothing are only counted.
    private static let maximumShares = 16
    private static let (width, labels, rowHeight) = (972.0, 350.0, 18.0)
    /// Characters of a stage's name and of what tells its costs apart.
    private static let (titleLength, detailLength) = (36, 20)

    private let costs: [StageCost]
    private let names: CostLabels

    init(_ costs: [StageCost], _ names: CostLabels) {
        // A stage's costs side by side, stages in the order in which they first come.
        var order: [String: Int] = [:]
        for cost in costs where order[cost.subject.title] == nil { order[cost.subject.title] = order.count }
        let sorted = costs.enumerated().sorted { first, second in
            let (one, other) = (order[first.element.subject.title] ?? 0, order[second.element.subject.title] ?? 0)
            return (one, first.offset) < (other, second.offset)
        }
        self.costs = sorted.map(\.element)
        self.names = names
    }

    // MARK: - Charts

    /// Ratios to the floor with their intervals, and 1 as a line; empty where nothing has a floor.
    func ratios() -> String {
        let shown = Array(costs.filter { ($0.floor?.ratio ?? 0) > 0 }.prefix(Self.maximumRows))
        let floors = shown.compactMap(\.floor)
        guard !floors.isEmpty else { return "" }
        let lowest = floors.map { max($0.interval.low, $0.ratio / 10) }.min() ?? 1
        let highest = floors.map { min($0.interval.high, $0.ratio * 10) }.max() ?? 1
        let axis = LogarithmicAxis(
            from: min(lowest, 0.95) * 0.98, to: max(highest, 1.2) * 1.02, left: Self.labels, right: Self.width - 100)
        var svg = open(shown.count, "ratio of each stage to its floor") + bands(shown)
        svg += grid(
            axis.marks([1, 2, 5, 10, 1.5, 3, 1.2, 0.5, 0.8, 1.1, 0.9, 2.5, 20, 50, 100, 0.2, 0.1]), shown.count
        ) {
            TextFormat.decimal($0, $0 == $0.rounded() ? 0 : 1) + " ×"
        }
        svg += rows(shown) { cost, middle in
            guard let floor = cost.floor else { return "" }
            let (one, x) = (axis.x(1), axis.x(floor.ratio))
            let (low, high) = (axis.x(floor.interval.low), axis.x(floor.interval.high))
            let title =
                "\(names.label(cost.subject)): \(CostText.time(cost.nanoseconds.median)), "
                + "\(CostText.ratio(floor.ratio)) × "
                + "\(TextFormat.printable(floor.name, limit: 80)) (\(CostText.time(floor.nanoseconds)))"
            let whisker = "M\(n(low)),\(n(middle - 4))v8m0,-4H\(n(high))m0,-4v8"
            let half = (floor.interval.high - floor.interval.low) / 2
            return rectangle(
                floor.ratio < 1 ? "good" : "bar", min(one, x), middle - 5, max((x - one).magnitude, 1), 10, title)
                + "<path class=\"ink\" d=\"\(whisker)\"/>"
                + value(Self.width, middle, "\(CostText.ratio(floor.ratio)) ± \(CostText.ratio(half))", "end")
        }
        svg += line("one", axis.x(1), 0, Double(shown.count) * Self.rowHeight)
        return svg + "</svg>"
    }

    /// Median, 95 and 99 % of each, on one logarithmic axis.
    func times() -> String {
        let shown = Array(costs.filter { $0.nanoseconds.median > 0 }.prefix(Self.maximumRows))
        let lowest = shown.map(\.nanoseconds.median).min() ?? 1
        let highest = shown.map { max($0.nanoseconds.p99, $0.nanoseconds.median) }.max() ?? 1
        let axis = LogarithmicAxis(
            from: lowest * 0.8, to: max(highest, lowest * 3) * 1.1, left: Self.labels, right: Self.width - 110)
        var svg = open(shown.count, "processor time of each stage") + bands(shown)
        let decades = (-1...15).map { pow(10, Double($0)) }
        svg += grid(axis.marks([1, 3, 2, 5].flatMap { step in decades.map { $0 * step } }), shown.count) { mark in
            mark < 1000 ? "\(TextFormat.decimal(mark, mark < 1 ? 1 : 0)) ns" : Self.round(mark)
        }
        svg += rows(shown) { cost, middle in
            let time = cost.nanoseconds
            let (x, x95, x99) = (axis.x(time.median), axis.x(time.p95), axis.x(time.p99))
            let title =
                "\(names.label(cost.subject)): median \(CostText.time(time.median)), 95 % \(CostText.time(time.p95)), "
                + "99 % \(CostText.time(time.p99)) a \(cost.unit.rawValue)"
            return "<g><title>\(MixReport.escaped(title))</title>"
                + "<path class=\"reach\" d=\"M\(n(x)),\(n(middle))H\(n(x99))\"/>"
                + Mark.p99.shape(x99, middle) + Mark.p95.shape(x95, middle) + Mark.median.shape(x, middle) + "</g>"
                + value(Self.width, middle, "\(CostText.time(time.median))/\(cost.unit.rawValue)", "end")
        }
        return svg + "</svg>"
    }

    /// What one stream takes of a core, the dearest first.
    func shares() -> String {
        func share(_ cost: StageCost) -> Double { 1 / cost.streamsPerCore }
        let sorted = costs.filter { $0.nanoseconds.median > 0 }.sorted { share($0) > share($1) }
        let shown = Array(sorted.prefix(Self.maximumShares))
        guard let highest = shown.first.map(share), highest > 0 else { return "" }
        let room = Self.width - Self.labels - 175
        var svg = open(shown.count, "what one stream takes of a core", axis: false)
        svg += rows(shown, isGrouped: false) { cost, middle in
            let length = max(room * share(cost) / highest, 1)
            let streams = CostText.count(cost.streamsPerCore)
            return rectangle("bar", Self.labels, middle - 6, length, 12, names.label(cost.subject))
                + value(Self.labels + length + 8, middle, "\(Self.percent(share(cost))), \(streams) streams", "start")
        }
        svg += "</svg>"
        let (hidden, next) = (sorted.count - shown.count, sorted.dropFirst(shown.count).first.map(share) ?? 0)
        guard hidden > 0 else { return svg }
        return svg + "<p class=\"key\">\(hidden) more take \(Self.percent(next)) or less each.</p>"
    }

    // MARK: - Marks

    enum Mark {
        case median, p95, p99

        func shape(_ x: Double, _ y: Double) -> String {
            switch self {
            case .median: "<circle class=\"bar\" cx=\"\(n(x))\" cy=\"\(n(y))\" r=\"4\"/>"
            case .p95: "<path class=\"p95\" d=\"M\(n(x)),\(n(y - 5))v10\"/>"
            case .p99: "<path class=\"p99\" d=\"M\(n(x)),\(n(y - 4))l4,4l-4,4l-4,-4z\"/>"
            }
        }
    }

    /// A mark for the legend.
    static func key(_ mark: Mark) -> String {
        "<svg viewBox=\"0 0 12 10\" width=\"12\" height=\"10\">\(mark.shape(6, 5))</svg>"
    }

    // MARK: - Rows

    private func open(_ rows: Int, _ name: String, axis: Bool = true) -> String {
        let height = Double(rows) * Self.rowHeight + (axis ? 22 : 2)
        return "<svg viewBox=\"0 0 \(n(Self.width)) \(n(height))\" role=\"img\" aria-label=\"\(name)\">"
    }

    /// A row for each cost with its names.
    private func rows(
        _ costs: [StageCost], isGrouped: Bool = true, draw: (_ cost: StageCost, _ middle: Double) -> String
    ) -> String {
        var (svg, last) = ("", "")
        for (index, cost) in costs.enumerated() {
            let top = Double(index) * Self.rowHeight
            let title = names.title(cost.subject)
            let isFirst = title != last || !isGrouped
            last = title
            let middle = top + Self.rowHeight / 2
            if isFirst { svg += text("name", 4, middle, title, "start", length: Self.titleLength) }
            svg += text("", Self.labels - 12, middle, names.detail(cost.subject), "end", length: Self.detailLength)
            svg += draw(cost, middle)
        }
        return svg
    }

    /// Behind every other stage.
    private func bands(_ costs: [StageCost]) -> String {
        var (svg, start, band) = ("", 0, 0)
        for index in costs.indices {
            let isLast = index + 1 == costs.count
            guard isLast || names.title(costs[index].subject) != names.title(costs[index + 1].subject) else { continue }
            if band % 2 == 0 {
                svg += "<rect class=\"row\" x=\"0\" y=\"\(n(Double(start) * Self.rowHeight))\" "
                svg += "width=\"\(n(Self.width))\" height=\"\(n(Double(index + 1 - start) * Self.rowHeight))\"/>"
            }
            (start, band) = (index + 1, band + 1)
        }
        return svg
    }

    private func grid(_ marks: [(value: Double, x: Double)], _ rows: Int, label: (Double) -> String) -> String {
        let bottom = Double(rows) * Self.rowHeight
        return marks.map { mark in
            line("grid", mark.x, 0, bottom + 4) + text("", mark.x, bottom + 13, label(mark.value), "middle", length: 12)
        }.joined()
    }

    // MARK: - Pieces

    private func value(_ x: Double, _ middle: Double, _ text: String, _ anchor: String) -> String {
        self.text("value", x, middle, text, anchor, length: 40)
    }

    private func text(
        _ style: String, _ x: Double, _ middle: Double, _ words: String, _ anchor: String, length: Int
    ) -> String {
        guard !words.isEmpty else { return "" }
        let isCut = words.count > length
        let shown = isCut ? String(words.prefix(length - 1)) + "…" : words
        return "<text class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(middle + 4.5))\" text-anchor=\"\(anchor)\">"
            + MixReport.escaped(shown) + (isCut ? "<title>\(MixReport.escaped(words))</title>" : "") + "</text>"
    }

    private func line(_ style: String, _ x: Double, _ top: Double, _ bottom: Double) -> String {
        "<line class=\"\(style)\" x1=\"\(n(x))\" x2=\"\(n(x))\" y1=\"\(n(top))\" y2=\"\(n(bottom))\"/>"
    }

    private func rectangle(
        _ style: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ title: String
    ) -> String {
        "<rect class=\"\(style)\" x=\"\(n(x))\" y=\"\(n(y))\" width=\"\(n(width))\" height=\"\(n(height))\">"
            + "<title>\(MixReport.escaped(title))</title></rect>"
    }

    /// `10 µs`: a round number of nanoseconds without decimals.
    private static func round(_ nanoseconds: Double) -> String {
        let units = [(1e9, "s"), (1e6, "ms"), (1e3, "µs")]
        let (one, unit) = units.first { nanoseconds >= $0.0 * 0.999 } ?? (1, "ns")
        return "\(TextFormat.decimal(nanoseconds / one, 0)) \(unit)"
    }

    /// Two digits, however little it is.
    private static func percent(_ part: Double) -> String {
        let percent = part * 100
        let decimals = percent >= 10 ? 0 : percent >= 1 ? 1 : percent >= 0.1 ? 2 : percent >= 0.01 ? 3 : 4
        return "\(TextFormat.decimal(percent, decimals)) %"
    }
}

/// A coordinate as SVG has it, to a tenth.
private func n(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
}
