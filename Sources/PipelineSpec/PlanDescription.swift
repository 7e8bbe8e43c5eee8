import MediaCore

/// A plan in words: the typed chain of each branch, with its latency. What `parley pipeline check` prints.
public enum PlanDescription {
    public static func text(_ plan: PipelinePlan) -> String {
        let format = plan.format
        let rate = Double(format.sampleRate) / 1000
        let rateText = rate == rate.rounded() ? "\(Int(rate))" : "\(rate)"
        let channels = format.channels == 1 ? "mono" : "stereo"
        let frame = ParameterType.duration(.zero ... .seconds(1)).text(.duration(format.frameDuration))
        var lines = ["\(plan.name): \(rateText) kHz, \(channels), frames of \(frame)"]
        if !plan.description.isEmpty { lines.append("  \(plan.description)") }
        let rows = StageScope.allCases.map { ($0, plan[$0].map { row($0, format) }) }
        let widths = rows.flatMap(\.1).reduce((0, 0)) { (max($0.0, $1.name.count), max($0.1, $1.ports.count)) }
        for (scope, stages) in rows {
            lines.append("")
            lines.append("  \(title(scope))")
            for stage in stages {
                let name = stage.name.padded(widths.0)
                let ports = stage.ports.padded(widths.1)
                lines.append("    \(name)  \(ports)  \(stage.latency.leftPadded(7))  \(stage.arguments)".trimmedEnd)
            }
            lines.append("    latency \(milliseconds(plan.latency(of: scope), format))")
        }
        let total = StageScope.allCases.reduce(0) { $0 + plan.latency(of: $1) }
        lines.append("")
        lines.append("  algorithmic latency \(milliseconds(total, format)), and \(frame) of framing")
        return lines.joined(separator: "\n") + "\n"
    }

    static func title(_ scope: StageScope) -> String {
        switch scope {
        case .participant: "participant (one lane per sender)"
        case .room: "room (the mix and what follows it: once per exclusion class)"
        case .listener: "listener (once per exclusion class)"
        }
    }

    static func milliseconds(_ samples: Int, _ format: AudioFormat) -> String {
        guard samples > 0 else { return "0 ms" }
        let tenths = (Double(samples) * 10_000 / Double(format.sampleRate)).rounded()
        return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10)) ms" : "\(tenths / 10) ms"
    }

    /// A stage's arguments that are not at their defaults, or all.
    static func arguments(_ stage: PlannedStage, all: Bool) -> [String] {
        stage.descriptor.parameters.compactMap { parameter in
            guard let value = stage.arguments[parameter.name], all || value != parameter.defaultValue else {
                return nil
            }
            return "\(parameter.name) \(parameter.type.text(value))"
        }
    }

    private static func row(
        _ stage: PlannedStage, _ format: AudioFormat
    ) -> (name: String, ports: String, latency: String, arguments: String) {
        let ports = "\(stage.descriptor.input.rawValue) → \(stage.descriptor.output.rawValue)"
        let latency = stage.latency > 0 ? milliseconds(stage.latency, format) : "–"
        return (stage.descriptor.kind, ports, latency, arguments(stage, all: true).joined(separator: ", "))
    }
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(width - count, 0)) }
    func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(width - count, 0)) + self }

    fileprivate var trimmedEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
