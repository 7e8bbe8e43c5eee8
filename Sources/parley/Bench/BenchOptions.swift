import ArgumentParser
import CAllocationCounter
import Foundation
import MediaCore
import PipelineSpec
import SecureRTP
import StageBench
import StageCosts

/// What every `parley bench` that measures costs has in common.
struct BenchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Processor time for each figure.", valueName: "seconds"))
    var time = 0.6

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(help: "Print CSV.")
    var csv = false

    @Option(help: ArgumentHelp("Write one page with charts.", valueName: "file.html"))
    var report: String?

    @Option(
        help: ArgumentHelp(
            "Write what was measured as JSON: for 'bench compare', and as costs for 'pipeline check'.",
            valueName: "file.json"))
    var save: String?

    @Flag(name: .shortAndLong, help: "Overwrite files that exist.")
    var force = false

    func validate() throws {
        guard (0.01...60).contains(time) else { throw ValidationError("--time must be 0.01 to 60, not \(time)") }
        if json && csv { throw ValidationError("--json and --csv exclude each other") }
    }

    /// Counts what this thread allocates.
    static let meter = AllocationMeter(
        start: { allocation_counter_start() },
        stop: {
            let count = allocation_counter_stop()
            return (count, allocation_counter_bytes())
        })

    /// - Throws: `ValidationError` with the suites that there are.
    static func check(suite: String) throws {
        let known = CryptoSuite.allCases.map(\.rawValue) + RTPSizeMode.allCases.map(\.rawValue)
        guard !known.contains(suite) else { return }
        let hint = NearestName.of(suite, in: known).map { "did you mean '\($0)'?" }
        throw ValidationError(
            "no suite is called '\(suite)'; \(hint ?? "suites are \(known.joined(separator: ", "))")")
    }

    static var date: String { Date.now.formatted(.iso8601) }
}
