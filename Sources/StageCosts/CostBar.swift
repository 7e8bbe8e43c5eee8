import MediaCore

/// The bar beside a cost: its ratio to the floor, with what is above 1 set off; where nothing has a floor, its time.
struct CostBar {
    /// Ratios beyond are shown as an arrow.
    private static let highestRatio = 2.0

    private let color: Bool
    let showsRatios: Bool
    /// What a full bar stands for.
    private let full: Double

    init(_ costs: [StageCost], color: Bool) {
        self.color = color
        let ratios = costs.compactMap { $0.floor?.ratio }
        showsRatios = !ratios.isEmpty
        let highest = (showsRatios ? ratios : costs.map(\.nanoseconds.median)).max() ?? 0
        full = showsRatios ? min(max(highest, 1.25), Self.highestRatio) : max(highest, 1e-9)
    }

    func cell(_ cost: StageCost, _ width: Int) -> TextTable.Cell {
        guard showsRatios else { return TextTable.Cell(bar(cost.nanoseconds.median / full, width), .cool) }
        guard let ratio = cost.floor?.ratio else { return TextTable.Cell("") }
        guard ratio > 1 else { return TextTable.Cell(bar(ratio / full, width), .cool) }
        let floor = Int((Double(width) / full).rounded(.down))
        let whole = bar(min(ratio / full, 1), width)
        var above = String(whole.dropFirst(floor))
        if ratio > full * 1.0001 { above = String(above.dropLast()) + (color ? "▶" : ">") }
        return TextTable.Cell([
            (String(whole.prefix(floor)), .cool),
            (color ? above : above.replacing("#", with: "+"), .warm),
        ])
    }

    /// In eighths of a character; in ASCII in whole ones. What is there at all is seen.
    private func bar(_ part: Double, _ width: Int) -> String {
        let part = min(max(part, 0), 1)
        guard color else {
            return String(repeating: "#", count: max(Int((part * Double(width)).rounded()), part > 0 ? 1 : 0))
        }
        let eighths = max(Int((part * Double(width) * 8).rounded()), part > 0 ? 1 : 0)
        let rest = eighths % 8
        let blocks: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + (rest > 0 ? String(blocks[rest - 1]) : "")
    }
}
