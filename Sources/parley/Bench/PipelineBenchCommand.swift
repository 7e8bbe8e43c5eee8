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
        abstract: "Run a room of a pipeline, packets in and packets out; show its cost beside what was predicted.",
        discussion: """
            The speakers talk without pause; every packet comes and goes over the loopback interface, each member has a key \
            of their own. What 'parley pipeline check' predicts is shown beside it: from --costs, else from the pipeline's \
            stages, which are measured first.

              parley bench pipeline guild-voice --speakers 3 --listeners 1000
            """)

    /// More than a million packets per tick are another machine's.
    private static let maximumListeners = 20_000

    @Argument(help: ArgumentHelp("A path, or the name of a shipped pipeline.", valueName: "file"))
    var pipeline: String

    @Option(help: ArgumentHelp("People who talk without pause.", valueName: "count"))
    var speakers = 3

    @Option(help: ArgumentHelp("People who only listen.", valueName: "count"))
    var listeners = 1000

    @Option(help: ArgumentHelp("Ticks that are measured.", valueName: "count"))
    var ticks = 1000

    @Option(help: ArgumentHelp("What stages cost: a file of 'parley bench stage --save'.", valueName: "file.json"))
    var costs: String?

    @Option(help: ArgumentHelp("Processor time for each stage that is measured first.", valueName: "seconds"))
    var time = 0.3

    @Option(help: ArgumentHelp("The suite of the keys, where the pipeline leaves it open.", valueName: "name"))
    var suite: String?

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (0...ExclusionSet.capacity).contains(speakers) else {
            throw ValidationError("--speakers must be 0 to \(ExclusionSet.capacity), not \(speakers)")
        }
        guard (0...Self.maximumListeners).contains(listeners) else {
            throw ValidationError("--listeners must be 0 to \(Self.maximumListeners), not \(listeners)")
        }
        if let suite { try BenchOptions.check(suite: suite) }
        guard speakers + listeners > 0 else { throw ValidationError("nobody is in the room") }
        guard (10...100_000).contains(ticks) else {
            throw ValidationError("--ticks must be 10 to 100000, not \(ticks)")
        }
        guard (0.01...60).contains(time) else { throw ValidationError("--time must be 0.01 to 60, not \(time)") }
    }

    func run() throws {
        InterruptHandler.install()
        ProcessLimits.raiseOpenFiles()
        let plan = try PipelineArgument.load(pipeline)
        guard plan.has(input: .rtp, in: .participant), plan.has(input: .opus, in: .listener) else {
            Console.error(
                "pipeline '\(plan.name)' neither takes nor gives packets: it needs a jitter buffer (jitter.adaptive) and a "
                    + "packetizer (rtp.packetize); 'guild-voice' has them")
            throw ExitStatus.configuration.code
        }
        try Failure.reporting {
            let meter = BenchProgress()
            defer { meter.end() }
            var conditions = BenchConditions()
            conditions.inputs = [.speech, .crowd]
            conditions.suite = suite ?? BenchConditions.suite(of: plan.listener) ?? conditions.suite
            let bench = StageBench(
                registry: .standard, conditions: conditions, seconds: time, meter: BenchOptions.meter)
            let prediction = CapacityPrediction(
                plan: plan, speakers: speakers, listeners: listeners, costs: try costs(of: plan, bench, meter))
            let room = try bench.measureRoom(of: plan, against: prediction, ticks: ticks, progress: meter.show)
            meter.end()
            Console.put(
                json
                    ? try CostFile.text(room)
                    : room.text(width: Console.outputWidth, color: Console.outputHasColor))
        }
    }

    private func costs(
        of plan: PipelinePlan, _ bench: borrowing StageBench, _ meter: BenchProgress
    ) throws -> CostReport {
        if let costs { return try CostSource(path: costs).report }
        return try bench.report(parley: Parley.configuration.version, date: BenchOptions.date) {
            try bench.measure(
                plan.participant + plan.room + plan.listener, format: plan.format, engine: true, progress: meter.show)
        }
    }
}
