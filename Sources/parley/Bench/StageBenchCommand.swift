import ArgumentParser
import MediaCore
import PipelineSpec
import StageBench
import StageCosts
import StandardStages

/// `parley bench stage`
struct StageBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stage",
        abstract: "Measure what stages cost here, and how far that is from what the machine allows.",
        discussion: """
            Each stage runs beside its floor, the same work in bare C against the same library, in turn, in one thread, by \
            processor time. Speech is that of the sample meeting.

              parley bench stage
              parley bench stage opus.encode --set bitrate=64kbit/s --set complexity=5
              parley bench stage --pipeline guild-voice --save costs.json
            """)

    @Argument(help: ArgumentHelp("Stages, such as silence.gate; all of them if none is named.", valueName: "name"))
    var names: [String] = []

    @Option(help: ArgumentHelp("A parameter of the stage, as a pipeline file would write it.", valueName: "name=value"))
    var set: [String] = []

    @Option(name: .shortAndLong, help: "Measure the stages of a pipeline, with its parameters and format.")
    var pipeline: String?

    @Option(help: "What stages are given: speech, crowd (several at once), silence, noise; with commas for several.")
    var input = "speech,crowd,silence,noise"

    @Option(help: "Keys that packets are sealed and opened with in turn.")
    var keys = 1000

    @Option(help: "Voices of a mix; with commas for several.")
    var voices = "2,8,32,100"

    @Option(help: "The suite of srtp.protect and srtp.unprotect, where the stage leaves it open.")
    var suite: String?

    @OptionGroup var options: BenchOptions

    func validate() throws { _ = try conditions() }

    func run() throws {
        InterruptHandler.install()
        ProcessLimits.raiseOpenFiles()
        let (stages, format) = try chosenStages()
        var conditions = try conditions()
        conditions.suite = suite ?? BenchConditions.suite(of: stages) ?? conditions.suite
        try BenchRun.reporting(options) {
            let bench = StageBench(
                registry: .standard, conditions: conditions, seconds: options.time, meter: BenchOptions.meter)
            let meter = BenchProgress()
            return try bench.report(parley: Parley.configuration.version, date: BenchOptions.date) {
                defer { meter.end() }
                return try bench.measure(stages, format: format, engine: names.isEmpty, progress: meter.show)
            }
        }
    }

    private func chosenStages() throws -> ([PlannedStage], AudioFormat) {
        guard let pipeline else { return (try namedStages(AudioFormat()), AudioFormat()) }
        guard names.isEmpty, set.isEmpty else {
            throw ValidationError("--pipeline measures its own stages: it takes no names and no --set")
        }
        let plan = try PipelineArgument.load(pipeline)
        return (plan.participant + plan.room + plan.listener, plan.format)
    }

    private func namedStages(_ format: AudioFormat) throws -> [PlannedStage] {
        let registry = StageRegistry.standard
        if !set.isEmpty && names.count != 1 {
            throw ValidationError("--set is for one stage: name it, 'parley bench stage opus.encode --set …'")
        }
        let settings = try set.map { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--set takes name=value, not '\(text)'") }
            return (name: parts[0], value: parts[1])
        }
        let descriptors = try names.isEmpty ? registry.all : names.map { try Self.find($0, registry) }
        do {
            return try descriptors.map { try $0.planned(settings: settings, format: format) }
        } catch let error as SettingError {
            Console.error(error.description)
            throw ExitStatus.usage.code
        }
    }

    private static func find(_ name: String, _ registry: StageRegistry) throws -> StageDescriptor {
        if let found = registry[name] { return found }
        let hint = NearestName.of(name, in: registry.all.map(\.kind)).map { "did you mean '\($0)'?" }
        Console.error("no stage is called '\(name)'; \(hint ?? "'parley stages' lists them")")
        throw ExitStatus.usage.code
    }

    private func conditions() throws -> BenchConditions {
        var conditions = BenchConditions()
        conditions.inputs = try input.split(separator: ",").map { word in
            guard let known = BenchInput(rawValue: String(word)) else {
                throw ValidationError("--input is speech, crowd, silence or noise, not '\(word)'")
            }
            return known
        }
        conditions.voices = try voices.split(separator: ",").map { word in
            guard let count = Int(word), (2...ExclusionSet.capacity).contains(count) else {
                throw ValidationError("--voices are 2 to \(ExclusionSet.capacity), not '\(word)'")
            }
            return count
        }
        guard !conditions.inputs.isEmpty, !conditions.voices.isEmpty else {
            throw ValidationError("--input and --voices must not be empty")
        }
        guard (1...20_000).contains(keys) else { throw ValidationError("--keys must be 1 to 20000, not \(keys)") }
        if let suite { try BenchOptions.check(suite: suite) }
        conditions.keys = keys
        return conditions
    }
}
