import ArgumentParser

@main struct Parley: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parley",
        abstract: "Voice media pipelines: mix recorded streams, check and draw pipelines.",
        discussion: ExitStatus.help,
        version: "0.1.0",
        subcommands: [MixCommand.self, ImpairCommand.self, PipelineCommand.self, StagesCommand.self])
}
