import ArgumentParser

/// `parley bench`
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure stages, pipelines and the loops below them; compare measurements.",
        subcommands: [
            StageBenchCommand.self, PipelineBenchCommand.self, KernelBenchCommand.self, CompareCommand.self,
            JitterBenchCommand.self, CountCommand.self,
        ])
}
