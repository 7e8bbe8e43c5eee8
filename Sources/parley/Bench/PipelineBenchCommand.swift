import ArgumentParser
import MediaCore
import PipelineSpec
import StageBench
import StageCosts
import StandardStages

/// `parley bench pipeline`
struct PipelineBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pipeline",
        abstract: "Run a room of a pipeline, packets in and packets out; show its cost beside what was predicted.")

    @Argument(help: ArgumentHelp("A path, or the name of a shipped pipeline.", valueName: "file"))
    var pipeline: String

    @Option(help: "People who talk without pause.")
    var speakers = 3

    @Option(help: "People who only listen.")
    var listeners = 1000

    @Option(help: "Ticks that are measured.")
    var ticks = 1000

    func run() throws {
        let plan = try PipelineArgument.load(pipeline)
        try Failure.reporting {
            let bench = StageBench(registry: .standard, meter: BenchOptions.meter)
            let m = try bench.measureRoom(of: plan, speakers: speakers, listeners: listeners, ticks: ticks)
            for p in m.phases { print(p.name, p.nanoseconds) }
            for p in m.floors { print("floor", p.name, p.nanoseconds) }
            print(m.tick)
        }
    }
}
