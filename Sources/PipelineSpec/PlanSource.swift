import MediaCore

extension PipelinePlan {
    /// The plan as a pipeline file, every parameter written out: loaded again, it builds the same.
    public var source: String {
        let rate = Double(format.sampleRate) / 1000
        let frame = ParameterType.duration(.zero ... .seconds(1)).text(.duration(format.frameDuration))
        var lines = [
            "pipeline: \(name)", "version: 1",
            "format: { rate: \(rate == rate.rounded() ? "\(Int(rate))" : "\(rate)") kHz, "
                + "channels: \(format.channels == 1 ? "mono" : "stereo"), frame: \(frame) }",
        ]
        for scope in StageScope.allCases {
            lines.append("\(scope.rawValue):" + (self[scope].isEmpty ? " []" : ""))
            for stage in self[scope] {
                let arguments = PlanDescription.pairs(stage).map { "\($0): \($1)" }.joined(separator: ", ")
                lines.append("  - \(stage.descriptor.kind)" + (arguments.isEmpty ? "" : ": { \(arguments) }"))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension PlanDescription {
    /// A stage's parameters as they are written in a file.
    static func pairs(_ stage: PlannedStage) -> [(name: String, value: String)] {
        stage.descriptor.parameters.compactMap { parameter in
            stage.arguments[parameter.name].map { (parameter.name, parameter.type.text($0)) }
        }
    }
}
