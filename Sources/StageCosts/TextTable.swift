import MediaCore

/// A table for a terminal that never is wider than it may be: the least important columns are left out first.
package struct TextTable {
    package enum Style: String {
        case plain = ""
        case strong = "1"
        case faint = "2"
        case bad = "31"
        case good = "32"
        case warm = "33"
        case cool = "34"

        /// The text in this style, if colours are wanted.
        package func applied(_ text: String, _ color: Bool) -> String {
            color && self != .plain && !text.isEmpty ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
        }
    }

    /// What stands in one cell: pieces of text, each in its style.
    package struct Cell {
        package var runs: [(text: String, style: Style)]

        package init(_ text: String, _ style: Style = .plain) { runs = [(text, style)] }

        package init(_ runs: [(text: String, style: Style)]) { self.runs = runs }

        package var width: Int { runs.reduce(0) { $0 + $1.text.count } }
    }

    package struct Column {
        package var title: String
        package var isLeft: Bool
        /// What has most stays longest; of `essential` columns the widest is cut rather than one left out.
        package var importance: Int

        package static let essential = Int.max

        package init(_ title: String, isLeft: Bool = false, importance: Int = essential) {
            self.title = title
            self.isLeft = isLeft
            self.importance = importance
        }
    }

    /// A last column that takes what room there is.
    package struct Bars {
        package var importance: Int
        package var widths: ClosedRange<Int>
        /// Draws a row's bar into a width, and no wider.
        package var draw: (_ row: Int, _ width: Int) -> Cell

        package init(importance: Int, widths: ClosedRange<Int>, draw: @escaping (_ row: Int, _ width: Int) -> Cell) {
            self.importance = importance
            self.widths = widths
            self.draw = draw
        }
    }

    private static let gap = 2
    /// What an essential column is not cut below.
    private static let narrowest = 6

    private let columns: [Column]
    private let color: Bool
    private let isASCII: Bool
    private var rows: [[Cell]] = []
    package var bars: Bars?

    /// - Parameters:
    ///   - color: whether it is for a terminal; else styles are left out.
    ///   - isASCII: whether signs are written in ASCII; nil: where it is not for a terminal.
    package init(_ columns: [Column], color: Bool, isASCII: Bool? = nil) {
        self.columns = columns
        self.color = color
        self.isASCII = isASCII ?? !color
    }

    /// - Precondition: a cell for each column.
    package mutating func add(_ row: [Cell]) {
        precondition(row.count == columns.count)
        rows.append(!isASCII ? row : row.map { Cell($0.runs.map { (CostText.ascii($0.text), .plain) }) })
    }

    /// The header and the rows, without ends of lines or blanks at them.
    package func lines(width: Int) -> [String] {
        let (shown, barWidth) = fitted(to: width)
        let header = shown.map { Cell(columns[$0.index].title, .faint) }
        var lines = [line(header, shown, nil)]
        for (index, row) in rows.enumerated() {
            let bar = barWidth > 0 ? bars?.draw(index, barWidth) : nil
            lines.append(line(shown.map { row[$0.index] }, shown, bar))
        }
        return lines
    }

    // MARK: - Fitting

    private typealias Shown = (index: Int, width: Int)

    /// The columns that are shown, and the width of the bars: 0 where there are none.
    private func fitted(to width: Int) -> (columns: [Shown], bar: Int) {
        let filled: [Shown] = columns.indices.compactMap { index in
            let widest = rows.map { $0[index].width }.max() ?? 0
            return widest > 0 ? (index, max(widest, columns[index].title.count)) : nil
        }
        var shown = filled.filter { columns[$0.index].importance == Column.essential }
        shrink(&shown, to: width)
        var room = width - shown.reduce(0) { $0 + $1.width + Self.gap } + Self.gap
        var bar = 0
        let optional = filled.filter { columns[$0.index].importance < Column.essential }.map {
            (importance: columns[$0.index].importance, column: Optional($0))
        }
        let wanted = optional + (bars.map { [($0.importance, nil)] } ?? [])
        for next in wanted.sorted(by: { $0.importance > $1.importance }) {
            let least = next.column?.width ?? bars?.widths.lowerBound ?? 0
            guard least + Self.gap <= room else { continue }
            room -= least + Self.gap
            if let column = next.column { shown.append(column) } else { bar = least }
        }
        if let bars, bar > 0 { bar = min(bar + room, bars.widths.upperBound) }
        return (shown.sorted { $0.index < $1.index }, bar)
    }

    /// Takes from the widest until all fit.
    private func shrink(_ shown: inout [Shown], to width: Int) {
        while shown.reduce(-Self.gap, { $0 + $1.width + Self.gap }) > width {
            guard let widest = shown.indices.max(by: { shown[$0].width < shown[$1].width }),
                shown[widest].width > Self.narrowest
            else { return }
            shown[widest].width -= 1
        }
    }

    /// The titles of the columns that fit.
    package func titles(width: Int) -> [String] { fitted(to: width).columns.map { columns[$0.index].title } }

    // MARK: - Drawing

    private func line(_ cells: [Cell], _ shown: [Shown], _ bar: Cell?) -> String {
        var line = ""
        var blanks = 0
        func put(_ cell: Cell) {
            for run in cell.runs where !run.text.isEmpty {
                line += String(repeating: " ", count: blanks)
                blanks = 0
                line += run.style.applied(run.text, color)
            }
        }
        for (cell, place) in zip(cells, shown) {
            let cell = cut(cell, place.width)
            let padding = place.width - cell.width
            if !columns[place.index].isLeft { blanks += padding }
            put(cell)
            if columns[place.index].isLeft { blanks += padding }
            blanks += Self.gap
        }
        if let bar { put(bar) }
        return line
    }

    /// Cells that are too wide lose their end.
    private func cut(_ cell: Cell, _ width: Int) -> Cell {
        guard cell.width > width else { return cell }
        let text = cell.runs.map(\.text).joined()
        return Cell(String(text.prefix(max(width - 1, 0))) + (isASCII ? "~" : "…"), cell.runs.first?.style ?? .plain)
    }
}
