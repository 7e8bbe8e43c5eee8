import ArgumentParser
import PipelineSpec
import StageCosts

/// `parley pipeline check`
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check pipeline files; print the typed chain of each branch with its latency, and what a room costs.",
        discussion: """
            Every error of every file is printed. Exit status 78 if a file was refused.

            With --speakers or --listeners the processor time of such a room is predicted from what stages were measured \
            to cost: speakers talk without pause, all at once, and hear everybody but themselves; listeners share one mix. \
            Figures that were not measured for exactly these stages are marked with ≈.

              parley pipeline check guild-voice --speakers 3 --listeners 1000
              parley bench stage --pipeline guild-voice --save costs.json
              parley pipeline check guild-voice --speakers 3 --listeners 1000 --costs costs.json
            """)

    @Argument(help: ArgumentHelp("Paths, or names of shipped pipelines.", valueName: "file"))
    var files: [String]

    @OptionGroup var options: PredictionOptions

    func run() throws {
        let source = try options.source()
        var failure: ExitCode?
        var printed: [PredictionJSON] = []
        for (index, file) in files.enumerated() {
            do {
                let plan = try PipelineArgument.load(file)
                let prediction = try source.map { try options.prediction(of: plan, file: file, from: $0) }
                if options.json, let prediction, let source {
                    printed.append(PredictionJSON(prediction, plan: plan, source: source))
                    continue
                }
                var text = PlanDescription.text(plan)
                if let prediction, let source {
                    text += "\n" + describe(prediction, file: file, from: source)
                }
                Console.put((index > 0 ? "\n" : "") + text)
            } catch let code as ExitCode {
                failure = code
            }
        }
        if options.json { Console.put(try CostFile.text(printed)) }
        if let failure { throw failure }
    }

    private func describe(_ prediction: CapacityPrediction, file: String, from source: CostSource) -> String {
        CapacityDescription.text(
            prediction, costs: source.report, source: source.name, measuring: PredictionOptions.measuring(file),
            width: Console.outputWidth, color: Console.outputHasColor)
    }
}
