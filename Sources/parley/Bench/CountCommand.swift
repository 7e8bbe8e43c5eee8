import ArgumentParser
import MediaCore
import PipelineSpec
import StageBench
import StandardStages

/// `parley bench count`: what `Benchmarks/instructions/run.py` runs under callgrind.
struct CountCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count",
        abstract: "Do a fixed amount of each stage's work, for a profiler to count.",
        discussion: """
            Within parley_counted_region; parley_counted_end is called after what surrounds a stage's work, and after the \
            work. A line for each says what it was and how many frames or packets were worked on.
            """,
        shouldDisplay: false)

    func run() throws {
        try Failure.reporting {
            var conditions = BenchConditions()
            (conditions.inputs, conditions.keys, conditions.senders) = ([.speech, .crowd, .silence], 16, 8)
            (conditions.voices, conditions.seconds) = ([2, 8, 32], 0.4)
            let bench = StageBench(registry: .standard, conditions: conditions)
            let format = AudioFormat()
            let stages = try StageRegistry.standard.all.map { try $0.planned(format: format) }
            let put: (CountedWork) -> Void = { Console.put("\($0.title)\t\($0.operations)\n") }
            try bench.countWork(of: stages, format: format, each: put)
            let plan = try PipelineArgument.load("guild-voice")
            try bench.countTicks(of: plan, speakers: 3, listeners: 20, ticks: 20, each: put)
        }
    }
}
