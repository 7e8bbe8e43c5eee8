import ArgumentParser
import Foundation
import MediaCore
import MixReport
import StageBench
import StageCosts

/// Runs a benchmark and puts what it measured where it was asked for.
enum BenchRun {
    static func reporting(_ options: BenchOptions, _ body: () throws -> CostReport) throws {
        try Failure.reporting {
            try refuseIfTaken(options)
            let report = try body()
            if let save = options.save { try CostFile.write(report, to: save, overwrite: options.force) }
            if let page = options.report {
                try TextFile.write(CostReportPage.html(report), to: page, overwrite: options.force)
            }
            Console.put(try text(report, options))
        }
    }

    /// Refuses before the measurement what would fail after it.
    private static func refuseIfTaken(_ options: BenchOptions) throws {
        for path in [options.save, options.report] {
            if let path { try ReportTarget(path: path).refuseIfTaken(force: options.force) }
        }
    }

    private static func text(_ report: CostReport, _ options: BenchOptions) throws -> String {
        if options.json { return try CostFile.text(report) }
        if options.csv { return CostTable.csv(report) }
        return CostTable.text(report, width: Console.outputWidth, color: Console.outputHasColor)
    }
}

/// One line on a terminal that says what is being measured; nothing where standard error is not a terminal.
struct BenchProgress {
    private let isShown = Console.errorIsTerminal

    func show(_ progress: StageBench.Progress) {
        guard isShown else { return }
        let filled = progress.done * 24 / max(progress.of, 1)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        Console.say("\r\u{1B}[K\(bar) \(progress.done + 1) / \(progress.of)  \(progress.title)")
    }

    func end() { if isShown { Console.say("\r\u{1B}[K") } }
}
