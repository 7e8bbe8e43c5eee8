import ArgumentParser
import FileAccess
import MediaCore
import PipelineSpec
import StageCosts

/// Who is in the room that `parley pipeline check` predicts the cost of.
struct PredictionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Predict the cost of a room: people who talk and hear one another.", valueName: "count"))
    var speakers: Int?

    @Option(help: ArgumentHelp("Predict the cost of a room: people who only listen.", valueName: "count"))
    var listeners: Int?

    @Option(
        help: ArgumentHelp(
            "What stages cost: a file of 'parley bench stage --save'. Else that of \(CostSource.variable), else "
                + "figures of another machine that came with Parley.", valueName: "file.json"))
    var costs: String?

    @Flag(help: "Print the prediction as JSON: an array, a pipeline each.")
    var json = false

    var isWanted: Bool { speakers != nil || listeners != nil }

    func validate() throws {
        try Self.check(speakers, "--speakers", ExclusionSet.capacity)
        try Self.check(listeners, "--listeners", CapacityPrediction.maximumListeners)
        if isWanted, speakers ?? 0 == 0, listeners ?? 0 == 0 {
            throw ValidationError("nobody is in the room; give --speakers, --listeners or both")
        }
        guard !isWanted else { return }
        if costs != nil { throw ValidationError("--costs is for a prediction: give --speakers, --listeners or both") }
        if json { throw ValidationError("--json is for a prediction: give --speakers, --listeners or both") }
    }

    private static func check(_ count: Int?, _ name: String, _ most: Int) throws {
        guard let count, !(0...most).contains(count) else { return }
        throw ValidationError("\(name) must be 0 to \(most), not \(count)")
    }

    /// Nil if nothing is to be predicted.
    /// - Throws: an exit status, after having said what is wrong with the costs.
    func source() throws -> CostSource? {
        guard isWanted else { return nil }
        var source: CostSource?
        try Failure.reporting { source = try CostSource(path: costs) }
        return source
    }

    /// - Parameter file: how the pipeline was named.
    /// - Throws: an exit status, after having said that the costs have nothing to do with the pipeline.
    func prediction(of plan: PipelinePlan, file: String, from source: CostSource) throws -> CapacityPrediction {
        let prediction = CapacityPrediction(
            plan: plan, speakers: speakers ?? 0, listeners: listeners ?? 0, costs: source.report)
        guard prediction.parts.allSatisfy({ $0.nanoseconds == nil }) else { return prediction }
        Console.error(
            "\(source.name) has no cost of any stage of '\(plan.name)'; '\(Self.measuring(file))' measures them")
        throw ExitStatus.data.code
    }

    /// What measures all that a pipeline is made of.
    static func measuring(_ file: String) -> String { "parley bench stage --pipeline \(file) --save costs.json" }
}
