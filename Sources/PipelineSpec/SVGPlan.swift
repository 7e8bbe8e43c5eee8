import MediaCore

/// Lays a plan out as SVG: three lanes one under the other, stages as boxes, arrows with what flows in them.
struct SVGPlan {
    private static let boxWidth = 178
    private static let gap = 74
    private static let left = 40
    private static let lineHeight = 17
    private static let colours: [StageScope: (fill: String, edge: String)] = [
        .participant: ("#e8f1fb", "#2f6fb0"), .room: ("#fdf1e3", "#b8741a"), .listener: ("#e9f6ec", "#2e8b57"),
    ]

    private let plan: PipelinePlan

    init(_ plan: PipelinePlan) { self.plan = plan }

    var text: String {
        let columns = max(StageScope.allCases.map { plan[$0].count }.max() ?? 1, 1)
        let width = max(2 * Self.left + 2 * Self.gap + columns * (Self.boxWidth + Self.gap), 640)
        var body = ""
        var top = 84
        for scope in StageScope.allCases {
            let height = laneHeight(scope)
            body += lane(scope, top: top, width: width, height: height)
            top += height + 18
        }
        let total = StageScope.allCases.reduce(0) { $0 + plan.latency(of: $1) }
        let subtitle = [
            plan.description, "algorithmic latency \(PlanDescription.milliseconds(total, plan.format))",
        ].filter { !$0.isEmpty }.joined(separator: " · ")
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(top + 6)" viewBox="0 0 \(width) \(top + 6)" \
            font-family="'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif">
            <defs><marker id="arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
            <path d="M0 0 L8 4 L0 8 z" fill="#55606b"/></marker></defs>
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="\(Self.left)" y="38" font-size="22" font-weight="600" fill="#1d242b">\(escaped(plan.name))</text>
            <text x="\(Self.left)" y="61" font-size="13" fill="#55606b">\(escaped(subtitle))</text>
            \(body)</svg>

            """
    }

    private func boxHeight(_ stage: PlannedStage) -> Int {
        let lines = arguments(stage).count + (stage.latency > 0 ? 1 : 0)
        return 34 + lines * Self.lineHeight + (lines > 0 ? 6 : 0)
    }

    private func laneHeight(_ scope: StageScope) -> Int { (plan[scope].map(boxHeight).max() ?? 34) + 58 }

    /// What differs from the defaults, and of the rest the first, up to three lines.
    private func arguments(_ stage: PlannedStage) -> [String] {
        let changed = PlanDescription.arguments(stage, all: false).prefix(5)
        let others = PlanDescription.arguments(stage, all: true).filter { !changed.contains($0) }
        return Array(changed) + others.prefix(max(3 - changed.count, 0))
    }

    private func lane(_ scope: StageScope, top: Int, width: Int, height: Int) -> String {
        let colour = Self.colours[scope] ?? ("#eeeeee", "#555555")
        let middle = top + 30 + (height - 42) / 2
        var svg = """
            <rect x="\(Self.left / 2)" y="\(top)" width="\(width - Self.left)" height="\(height)" rx="10" \
            fill="\(colour.fill)"/>
            <text x="\(Self.left)" y="\(top + 22)" font-size="13" font-weight="600" fill="\(colour.edge)">\
            \(escaped(PlanDescription.title(scope)))</text>

            """
        var x = Self.left
        for (index, stage) in plan[scope].enumerated() {
            svg += arrow(from: x, to: x + Self.gap, y: middle, label: stage.descriptor.input.rawValue)
            x += Self.gap
            svg += box(stage, x: x, middle: middle, edge: colour.edge)
            x += Self.boxWidth
            if index == plan[scope].count - 1 {
                svg += arrow(from: x, to: x + Self.gap, y: middle, label: stage.descriptor.output.rawValue)
            }
        }
        return svg
    }

    private func arrow(from: Int, to: Int, y: Int, label: String) -> String {
        """
        <line x1="\(from + 4)" y1="\(y)" x2="\(to - 3)" y2="\(y)" stroke="#55606b" stroke-width="1.5" \
        marker-end="url(#arrow)"/>
        <text x="\((from + to) / 2)" y="\(y - 7)" font-size="11.5" text-anchor="middle" fill="#55606b">\
        \(escaped(label))</text>

        """
    }

    private func box(_ stage: PlannedStage, x: Int, middle: Int, edge: String) -> String {
        let height = boxHeight(stage)
        let top = middle - height / 2
        var svg = """
            <rect x="\(x)" y="\(top)" width="\(Self.boxWidth)" height="\(height)" rx="7" fill="#ffffff" \
            stroke="\(edge)" stroke-width="1.5"/>
            <text x="\(x + 12)" y="\(top + 22)" font-size="14" font-weight="600" fill="#1d242b">\
            \(escaped(stage.descriptor.kind))</text>

            """
        var y = top + 22 + Self.lineHeight + 2
        for line in arguments(stage) {
            svg += "<text x=\"\(x + 12)\" y=\"\(y)\" font-size=\"12\" fill=\"#3c4650\">\(escaped(line))</text>\n"
            y += Self.lineHeight
        }
        if stage.latency > 0 {
            let latency = PlanDescription.milliseconds(stage.latency, plan.format)
            svg += "<text x=\"\(x + 12)\" y=\"\(y)\" font-size=\"12\" fill=\"\(edge)\">delay \(latency)</text>\n"
        }
        return svg
    }

    private func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
