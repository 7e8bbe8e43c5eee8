import MediaCore

/// What became of a stream's packets, on the same time axis as everything else.
extension TimelineChart {
    private static let repairHeight = 26.0
    /// What the delay's axis ends with, in seconds: the first that is enough.
    private static let delays: [Double] = [0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 4, 6, 10, 20, 60]

    /// How late packets came, as bars, with the buffer's target as a line over them.
    func delay(_ arrivals: Timeline, target: Timeline) -> String {
        let highest = Double(max(arrivals.bins.max() ?? 0, target.bins.max() ?? 0))
        let top = Self.delays.first { $0 >= highest } ?? highest
        let height = Self.plotHeight
        var svg = open(height + 24, "arrival delay and the jitter buffer's target") + axis(height + 4)
        for part in [0, 0.5, 1] {
            svg += mark(height * (1 - part), "\(Int((top * part * 1000).rounded())) ms", within: height)
        }
        for column in columns(of: arrivals, merged: { $0.max() ?? 0 }) where column.value > 0 {
            let part = min(Double(column.value) / top, 1)
            svg += rectangle(
                "bar", x(column.start), height * (1 - part), max(x(column.end) - x(column.start), 0.8), height * part)
        }
        let points = columns(of: target, merged: { $0.max() ?? 0 }).map { column in
            "\(text(x(column.start))),\(text(height * (1 - min(Double(column.value) / top, 1))))"
        }
        return svg + "<polyline class=\"line\" points=\"\(points.joined(separator: " "))\"/></svg>"
    }

    /// Lost packets: a row for each way in which they were repaired, so that colour need not tell.
    func repairs(_ rows: [(name: String, style: String, timeline: Timeline)]) -> String {
        let height = Double(rows.count) * Self.repairHeight
        var svg = open(height + 22, "lost packets and how they were repaired") + axis(height + 2)
        for (index, row) in rows.enumerated() {
            let bottom = Double(index + 1) * Self.repairHeight - 4
            let all = columns(of: row.timeline, merged: { $0.reduce(0, +) })
            let highest = Double(max(all.map(\.value).max() ?? 0, 4))
            let room = Self.repairHeight - 6
            svg += rectangle("row", Self.labels, bottom - room, plotWidth, room)
            svg += label(bottom - 6, row.name)
            for column in all where column.value > 0 {
                let part = room * max(Double(column.value) / highest, 0.3)
                let packets = Int(column.value)
                svg += rectangle(
                    row.style, x(column.start), bottom - part, max(x(column.end) - x(column.start), 1.6), part,
                    title: "\(MixReport.clock(column.start)): \(packets) packet\(packets == 1 ? "" : "s"), \(row.name)")
            }
        }
        return svg + "</svg>"
    }

    /// A line across the plot with its value beside it.
    private func mark(_ y: Double, _ value: String, within height: Double) -> String {
        "<line class=\"grid\" x1=\"\(text(Self.labels))\" x2=\"\(text(Self.width))\" y1=\"\(text(y + 0.5))\" "
            + "y2=\"\(text(y + 0.5))\"/>" + label(min(max(y + 4, 11), height), value)
    }

    private func label(_ y: Double, _ value: String) -> String {
        "<text x=\"\(text(Self.labels - 8))\" y=\"\(text(y))\" text-anchor=\"end\">\(MixReport.escaped(value))</text>"
    }
}
