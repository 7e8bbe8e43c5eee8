import PipelineSpec
import StageCosts

extension CostSubject {
    static func arguments(of stage: PlannedStage) -> [String: String] {
        var texts: [String: String] = [:]
        for p in stage.descriptor.parameters { if let v = stage.arguments[p.name] { texts[p.name] = p.type.text(v) } }
        return texts
    }
}
