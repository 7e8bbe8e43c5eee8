public import PipelineSpec

extension CostSubject {
    /// A stage's arguments as a cost names them: every declared parameter, also those at their defaults, as a pipeline file
    /// would write it.
    public static func arguments(of stage: PlannedStage) -> [String: String] {
        var texts: [String: String] = [:]
        for parameter in stage.descriptor.parameters {
            if let value = stage.arguments[parameter.name] { texts[parameter.name] = parameter.type.text(value) }
        }
        return texts
    }
}
