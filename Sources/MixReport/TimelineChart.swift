import MediaCore
import OfflineMix

/// Draws timelines as SVG, all on one time axis.
struct TimelineChart {
    static let width = 972.0
    static let labels = 130.0
    private static let rowHeight = 26.0
    static let plotHeight = 120.0
    /// What the level chart shows, in dBFS.
    private static let levelFloor = -60.0
    /// What the gain chart shows, in dB, unless there is more.
    private static let gainFloor = -6.0
    /// Rectangles of one row, at most: more could not be told apart.
    private static let columns = 842

    let duration: Double
    let tickSeconds: Double

    /// One row per participant: a bar where they spoke.
    func participants(_ participants: [MixSummary.Participant]) -> String {
        let height = Double(participants.count) * Self.rowHeight + 24
        var svg = open(height, "who spoke when") + axis(height - 20)
        for (index, participant) in participants.enumerated() {
            let top = Double(index) * Self.rowHeight
            let name = participant.name.count > 17 ? participant.name.prefix(16) + "…" : participant.name[...]
            svg += "<text class=\"name\" x=\"0\" y=\"\(text(top + 17))\">\(MixReport.escaped(String(name)))"
            svg += "<title>\(MixReport.escaped(participant.name))</title></text>"
            svg += rectangle("row", Self.labels, top + 3, plotWidth, Self.rowHeight - 6)
            let ticks = Double(participant.activity.ticksPerBin)
            for span in spans(of: participant.activity, where: { Double($0) >= ticks * 0.5 }) {
                svg += rectangle(
                    "bar", x(span.start), top + 3, max(x(span.end) - x(span.start), 1), Self.rowHeight - 6,
                    title: "\(participant.name) \(MixReport.clock(span.start))–\(MixReport.clock(span.end))")
            }
        }
        return svg + "</svg>"
    }

    /// Peaks over time, -60 to 0 dBFS.
    func level(_ timeline: Timeline) -> String {
        plot(timeline, floor: Self.levelFloor, marks: [0, -20, -40], unit: "dBFS") { value in
            let decibels = max(Decibels(amplitude: value).value, Self.levelFloor)
            return ("bar", 1 - decibels / Self.levelFloor, false)
        }
    }

    /// Gain reduction over time, hanging from 0 dB.
    func gain(_ timeline: Timeline) -> String {
        let deepest = timeline.bins.min().map { Decibels(amplitude: $0).value } ?? 0
        let floor = min(Self.gainFloor, (deepest / 6).rounded(.down) * 6)
        return plot(timeline, floor: floor, marks: [0, floor / 2, floor], unit: "dB") { value in
            ("warm", min(max(Decibels(amplitude: value).value / floor, 0), 1), true)
        }
    }

    // MARK: - Drawing

    /// Bins brought together until there are no more than can be told apart.
    func columns(
        of timeline: Timeline, merged: (ArraySlice<Float>) -> Float
    ) -> [(start: Double, end: Double, value: Float)] {
        let bins = timeline.bins
        let step = max((bins.count + Self.columns - 1) / Self.columns, 1)
        let bin = Double(timeline.ticksPerBin) * tickSeconds
        return stride(from: bins.startIndex, to: bins.endIndex, by: step).map { start in
            let end = min(start + step, bins.endIndex)
            return (Double(start) * bin, Double(end) * bin, merged(bins[start..<end]))
        }
    }

    var plotWidth: Double { Self.width - Self.labels }

    func x(_ seconds: Double) -> Double { Self.labels + plotWidth * min(seconds / max(duration, 0.001), 1) }

    private func plot(
        _ timeline: Timeline, floor: Double, marks: [Double], unit: String,
        value: (Float) -> (style: String, part: Double, hangs: Bool)
    ) -> String {
        let height = Self.plotHeight
        var svg = open(height + 24, "over time, in \(unit)") + axis(height + 4)
        for mark in marks {
            let y = height * mark / floor
            svg +=
                "<line class=\"grid\" x1=\"\(text(Self.labels))\" x2=\"\(text(Self.width))\" y1=\"\(text(y + 0.5))\" "
            svg +=
                "y2=\"\(text(y + 0.5))\"/><text x=\"\(text(Self.labels - 8))\" y=\"\(text(min(max(y + 4, 11), height)))\" "
            svg += "text-anchor=\"end\">\(Int(mark)) \(unit)</text>"
        }
        let bins = Array(timeline.bins)
        let step = max((bins.count + Self.columns - 1) / Self.columns, 1)
        let seconds = Double(timeline.ticksPerBin * step) * tickSeconds
        for (column, start) in stride(from: 0, to: bins.count, by: step).enumerated() {
            let parts = bins[start..<min(start + step, bins.count)].map(value)
            guard let best = parts.max(by: { $0.part < $1.part }), best.part > 0.002 else { continue }
            let left = x(Double(column) * seconds)
            let width = max(x(Double(column + 1) * seconds) - left, 0.8)
            svg += rectangle(
                best.style, left, best.hangs ? 0 : height * (1 - best.part), width, height * best.part)
        }
        return svg + "</svg>"
    }

    /// Stretches of time in which the bins pass a test.
    private func spans(of timeline: Timeline, where isOn: (Float) -> Bool) -> [(start: Double, end: Double)] {
        let bin = Double(timeline.ticksPerBin) * tickSeconds
        var spans: [(start: Double, end: Double)] = []
        var start: Int?
        for (index, value) in timeline.bins.enumerated() {
            if isOn(value) {
                start = start ?? index
            } else if let from = start {
                spans.append((Double(from) * bin, Double(index) * bin))
                start = nil
            }
        }
        if let from = start { spans.append((Double(from) * bin, Double(timeline.bins.count) * bin)) }
        return spans
    }

    /// The time axis: a mark for about every tenth of the whole, at a round number.
    func axis(_ y: Double) -> String {
        let steps: [Double] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
        let step = steps.first { duration / $0 <= 12 } ?? 14_400
        return stride(from: 0, through: duration, by: step).map { seconds in
            let anchor = seconds == 0 ? "start" : seconds + step > duration ? "end" : "middle"
            return
                "<line class=\"grid\" x1=\"\(text(x(seconds)))\" x2=\"\(text(x(seconds)))\" y1=\"0\" y2=\"\(text(y))\"/>"
                + "<text x=\"\(text(x(seconds)))\" y=\"\(text(y + 15))\" text-anchor=\"\(anchor)\">"
                + "\(MixReport.clock(seconds))</text>"
        }.joined()
    }

    /// - Parameter name: for those who do not see it.
    func open(_ height: Double, _ name: String) -> String {
        "<svg viewBox=\"0 0 \(text(Self.width)) \(text(height))\" role=\"img\" aria-label=\"\(name)\">"
    }

    func rectangle(
        _ style: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double, title: String? = nil
    ) -> String {
        let shape =
            "<rect class=\"\(style)\" x=\"\(text(x))\" y=\"\(text(y))\" width=\"\(text(width))\" height=\"\(text(height))\""
        return title.map { "\(shape)><title>\(MixReport.escaped($0))</title></rect>" } ?? "\(shape)/>"
    }

    func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }
}
