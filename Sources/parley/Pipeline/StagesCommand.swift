import ArgumentParser
import PipelineSpec
import StandardStages

/// `parley stages`
struct StagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stages",
        abstract: "List the stages, or explain one: ports, parameters with unit, range, default and meaning.")

    @Argument(help: "A stage, such as silence.gate.")
    var name: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let registry = StageRegistry.standard
        guard let name else {
            return Console.put(json ? StageDocumentation.json(registry.all) : StageDocumentation.list(registry))
        }
        guard let stage = registry[name] else {
            let hint = NearestName.of(name, in: registry.all.map(\.kind)).map { "did you mean '\($0)'?" }
            Console.error("no stage is called '\(name)'; \(hint ?? "'parley stages' lists them")")
            throw ExitStatus.usage.code
        }
        Console.put(json ? StageDocumentation.json([stage]) : StageDocumentation.text(stage))
    }
}
