import MediaCore

/// What `parley stages` prints.
public enum StageDocumentation {
    /// One line per stage.
    public static func list(_ registry: StageRegistry) -> String {
        let rows = registry.all.map { (kind: $0.kind, ports: ports($0), scopes: scopes($0), summary: $0.summary) }
        let kind = rows.map(\.kind.count).max() ?? 0
        let port = rows.map(\.ports.count).max() ?? 0
        let scope = rows.map(\.scopes.count).max() ?? 0
        return rows.map {
            "\($0.kind.padded(kind))  \($0.ports.padded(port))  \($0.scopes.padded(scope))  \($0.summary)\n"
        }.joined() + "\nparley stages NAME shows a stage's parameters.\n"
    }

    /// Everything about one stage.
    public static func text(_ stage: StageDescriptor) -> String {
        var lines = [stage.kind, "  \(stage.summary)", "", "  ports   \(ports(stage))", "  scope   \(scopes(stage))"]
        guard !stage.parameters.isEmpty else {
            return (lines + ["", "  It has no parameters.", ""]).joined(separator: "\n")
        }
        lines += ["", "  parameters"]
        let name = stage.parameters.map(\.name.count).max() ?? 0
        for parameter in stage.parameters {
            let standard = parameter.defaultValue.map { "default \(parameter.type.text($0))" } ?? "must be given"
            lines.append("    \(parameter.name.padded(name))  \(standard); \(parameter.type.range)")
            lines.append("    \("".padded(name))  \(parameter.meaning)")
        }
        lines += ["", "  in a pipeline file", "    - \(example(stage))", ""]
        return lines.joined(separator: "\n")
    }

    /// All stages for machines: one JSON array.
    public static func json(_ stages: [StageDescriptor]) -> String {
        let items = stages.map { stage in
            let parameters = stage.parameters.map { parameter in
                let standard = parameter.defaultValue.map { quoted(parameter.type.text($0)) } ?? "null"
                return "{\"name\": \(quoted(parameter.name)), \"default\": \(standard), "
                    + "\"range\": \(quoted(parameter.type.range)), \"meaning\": \(quoted(parameter.meaning))}"
            }
            let scopes = StageScope.allCases.filter(stage.scopes.contains).map { quoted($0.rawValue) }
            return "  {\"kind\": \(quoted(stage.kind)), \"summary\": \(quoted(stage.summary)), "
                + "\"input\": \(quoted(stage.input.rawValue)), \"output\": \(quoted(stage.output.rawValue)), "
                + "\"scopes\": [\(scopes.joined(separator: ", "))],\n   \"parameters\": ["
                + parameters.map { "\n     \($0)" }.joined(separator: ",") + "]}"
        }
        return "[\n\(items.joined(separator: ",\n"))\n]\n"
    }

    private static func ports(_ stage: StageDescriptor) -> String {
        "\(stage.input.rawValue) → \(stage.output.rawValue)"
    }

    private static func scopes(_ stage: StageDescriptor) -> String {
        StageScope.allCases.filter(stage.scopes.contains).map(\.rawValue).joined(separator: ", ")
    }

    private static func example(_ stage: StageDescriptor) -> String {
        let arguments = stage.parameters.prefix(2).compactMap { parameter in
            parameter.defaultValue.map { "\(parameter.name): \(parameter.type.text($0))" }
        }
        return arguments.isEmpty ? stage.kind : "\(stage.kind): { \(arguments.joined(separator: ", ")) }"
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
