import FileAccess
import MediaCore
import PipelineSpec
import ShippedPipelines
import StandardStages
import Synchronization
import VoiceInstance

/// The pipelines that rooms may run. What is put in later is for new rooms; rooms that are there keep their plan.
final class PipelineShelf: Sendable {
    private struct Shelf: Sendable {
        var plans: [String: PipelinePlan] = [:]
        /// What stands for it where none is named.
        var defaultName = ""
    }

    /// What a guild's state calls the default pipeline, whichever that is.
    private static let defaultAlias = "default"

    private let registry: StageRegistry
    private let shelf = Mutex(Shelf())

    init(registry: StageRegistry) { self.registry = registry }

    var names: [String] { shelf.withLock { $0.plans.keys.sorted() } }
    var defaultName: String { shelf.withLock { $0.defaultName } }

    /// What the instance looks up plans by.
    var catalog: PipelineCatalog {
        PipelineCatalog(names: names) { [self] name, bitrate in
            let plan = shelf.withLock { $0.plans[name == Self.defaultAlias ? $0.defaultName : name] }
            return bitrate.flatMap { bitrate in plan?.encoding(at: bitrate) } ?? plan
        }
    }

    /// Reads everything that the configuration names; on an error the shelf stays as it was.
    /// - Returns: names of the pipelines that are new or not as they were.
    @discardableResult
    func load(_ configuration: ServerConfiguration) throws -> [String] {
        var plans: [String: PipelinePlan] = [:]
        for argument in configuration.pipelines {
            let plan = try plan(of: argument)
            guard plans.updateValue(plan, forKey: plan.name) == nil else {
                throw ServerError(.configuration, "two of 'pipelines' are called '\(plan.name)'; rename one")
            }
        }
        var defaultName = configuration.defaultPipeline
        if plans[defaultName] == nil {
            let plan = try plan(of: defaultName)
            defaultName = plan.name
            plans[plan.name] = plan
        }
        return shelf.withLock { shelf in
            let changed = plans.filter {
                shelf.plans[$0.key].map(PlanDescription.text) != PlanDescription.text($0.value)
            }
            shelf = Shelf(plans: plans, defaultName: defaultName)
            return changed.keys.sorted()
        }
    }

    /// A file, or what comes with Parley under that name.
    private func plan(of argument: String) throws -> PipelinePlan {
        let isPath = argument.contains("/") || argument.hasSuffix(".yaml") || argument.hasSuffix(".yml")
        let shipped = isPath ? nil : ShippedPipelines.text(named: argument)
        guard isPath || shipped != nil else {
            let hint = NearestName.of(argument, in: ShippedPipelines.names).map { "did you mean '\($0)'?" }
            let names = ShippedPipelines.names.joined(separator: ", ")
            throw ServerError(
                .configuration, "no pipeline '\(argument)' comes with Parley; \(hint ?? "there are \(names)")")
        }
        let text = try shipped ?? SmallFile.text(argument, limit: PipelineFile.maximumBytes)
        let plan = try PipelineFile.load(
            text: text, file: shipped == nil ? argument : "\(argument).yaml", registry: registry)
        let input = plan.participant.first?.descriptor.input
        let output = plan.listener.last?.descriptor.output
        guard input == .srtp || input == .rtp, output == .srtp || output == .rtp else {
            throw ServerError(
                .configuration,
                "pipeline '\(plan.name)' cannot run live: it takes \(input.map { "\($0)" } ?? "nothing") and gives "
                    + "\(output.map { "\($0)" } ?? "nothing"), but a room takes and gives srtp or rtp")
        }
        return plan
    }
}

extension PipelinePlan {
    /// The same with another bitrate of its encoder, as near as the encoder takes it; nil if it has none to set.
    func encoding(at bitrate: Int) -> PipelinePlan? {
        guard let index = listener.firstIndex(where: { $0.descriptor.output == .opus && $0.descriptor.input == .pcm }),
            let parameter = listener[index].descriptor.parameters.first(where: { $0.name == "bitrate" }),
            let range = parameter.type.bitrates
        else { return nil }
        let value = min(max(bitrate, range.lowerBound), range.upperBound)
        var stages = listener
        let arguments = stages[index].arguments.replacing(["bitrate": .bitrate(value)])
        stages[index] = PlannedStage(stages[index].descriptor, arguments, format: format)
        return PipelinePlan(
            name: name, description: description, format: format, participant: participant, room: room,
            listener: stages)
    }
}

extension ParameterType {
    fileprivate var bitrates: ClosedRange<Int>? {
        switch self {
        case .bitrate(let range): range
        case .either(_, let type): type.bitrates
        default: nil
        }
    }
}
