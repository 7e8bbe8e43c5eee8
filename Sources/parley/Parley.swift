import ArgumentParser
import OpusCodec

@main struct Parley: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "parley",
        abstract: "Voice media pipelines: mix recordings and captures, run them as live voice servers, look into both.",
        discussion: ExitStatus.help,
        version: "0.1.0 (\(OpusLibrary.version)\(OpusLibrary.hasDeepRedundancy ? ", deep redundancy" : ""))",
        subcommands: [
            MixCommand.self, InspectCommand.self, ImpairCommand.self, BenchCommand.self, PipelineCommand.self,
            StagesCommand.self, VoiceCommand.self, CallCommand.self, LoadCommand.self, SimulateCommand.self,
            ReplayCommand.self,
        ])
}
