import PipelineSpec
import ShippedPipelines
import StandardStages
import Synchronization
import VoiceInstance

extension PipelinePlan {
    /// Voices that are mixed at the same time.
    var selectedVoices: Int {
        for stage in room {
            guard case .voiceSelector = stage.descriptor.builder, case .count(let count) = stage.arguments["count"]
            else { continue }
            return count
        }
        return .max
    }
}

extension PipelineCatalog {
    /// The pipelines that come with Parley, each read once.
    static func shipped() -> PipelineCatalog {
        let shelf = PlanShelf()
        return PipelineCatalog(names: ShippedPipelines.names) { name, _ in shelf.plan(name) }
    }
}

private final class PlanShelf: Sendable {
    private let plans = Mutex<[String: PipelinePlan]>([:])

    func plan(_ name: String) -> PipelinePlan? {
        plans.withLock { plans in
            if let plan = plans[name] { return plan }
            guard let text = ShippedPipelines.text(named: name),
                let plan = try? PipelineFile.load(text: text, file: name, registry: .standard)
            else { return nil }
            plans[name] = plan
            return plan
        }
    }
}
