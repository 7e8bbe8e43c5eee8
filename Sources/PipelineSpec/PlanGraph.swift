import MediaCore

/// A plan as a picture: SVG, Graphviz DOT or Mermaid.
public enum PlanGraph {
    public enum Format: String, Sendable, CaseIterable {
        case svg, dot, mmd
    }

    public static func text(_ plan: PipelinePlan, as format: Format) -> String {
        switch format {
        case .svg: SVGPlan(plan).text
        case .dot: dot(plan)
        case .mmd: mermaid(plan)
        }
    }

    /// The nodes of a scope: stages, with what flows into each.
    private static func mermaid(_ plan: PipelinePlan) -> String {
        var lines = ["flowchart LR"]
        var number = 0
        var last: String?
        for scope in StageScope.allCases {
            lines.append("  subgraph \(scope.rawValue)")
            var links: [String] = []
            for stage in plan[scope] {
                number += 1
                lines.append("    s\(number)[\"\(stage.descriptor.kind)\"]")
                if let last { links.append("  \(last) -- \"\(stage.descriptor.input.rawValue)\" --> s\(number)") }
                last = "s\(number)"
            }
            lines.append("  end")
            lines += links
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func dot(_ plan: PipelinePlan) -> String {
        var lines = [
            "digraph \"\(plan.name)\" {", "  rankdir=LR; node [shape=box, style=rounded, fontname=\"sans-serif\"];",
        ]
        var links: [String] = []
        var number = 0
        var last: String?
        for scope in StageScope.allCases {
            lines.append("  subgraph cluster_\(scope.rawValue) { label=\"\(scope.rawValue)\";")
            for stage in plan[scope] {
                number += 1
                let arguments = PlanDescription.arguments(stage, all: false).map { "\\n\($0)" }.joined()
                lines.append("    s\(number) [label=\"\(stage.descriptor.kind)\(arguments)\"];")
                if let last { links.append("  \(last) -> s\(number) [label=\"\(stage.descriptor.input.rawValue)\"];") }
                last = "s\(number)"
            }
            lines.append("  }")
        }
        return (lines + links + ["}"]).joined(separator: "\n") + "\n"
    }
}
