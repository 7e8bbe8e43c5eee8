import ArgumentParser
import StageBench
import StandardStages

/// `parley bench kernels`
struct KernelBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kernels",
        abstract: "Measure the loops below the stages, and what this machine's memory and network calls allow.")

    @OptionGroup var options: BenchOptions

    func run() throws {
        InterruptHandler.install()
        ProcessLimits.raiseOpenFiles()
        try BenchRun.reporting(options) {
            let bench = StageBench(registry: .standard, seconds: options.time, meter: BenchOptions.meter)
            let meter = BenchProgress()
            return try bench.report(parley: Parley.configuration.version, date: BenchOptions.date) {
                defer { meter.end() }
                return try bench.measureKernels(progress: meter.show)
            }
        }
    }
}
