import ArgumentParser
import Foundation
import StageBench
import StageCosts

/// Runs a benchmark and puts what it measured where it was asked for.
enum BenchRun {
    static func reporting(_ options: BenchOptions, _ body: () throws -> CostReport) throws {
        try Failure.reporting {
            let report = try body()
            if true {
                for cost in report.costs {
                    let n = cost.nanoseconds
                    print(
                        TextFormat.left(cost.subject.title, 34), TextFormat.left(cost.subject.input, 8),
                        TextFormat.right(TextFormat.decimal(n.median, 1), 10),
                        TextFormat.right(TextFormat.decimal(n.p99, 0), 9),
                        TextFormat.right(TextFormat.decimal(cost.floor?.nanoseconds ?? 0, 1), 10),
                        TextFormat.right(
                            cost.floor.map {
                                TextFormat.decimal($0.ratio, 3) + " [" + TextFormat.decimal($0.interval.low, 3) + ", "
                                    + TextFormat.decimal($0.interval.high, 3) + "]"
                            } ?? "–", 24),
                        TextFormat.decimal(cost.allocations ?? -1, 2), cost.bytes.state ?? -1,
                        cost.gigasamples.map { TextFormat.decimal($0, 1) } ?? "")
                }
                print(report.warnings)
            }
        }
    }
}

/// One line on a terminal that says what is being measured; nothing where standard error is not a terminal.
final class BenchProgress {
    private let isShown = Console.errorIsTerminal

    func show(_ progress: StageBench.Progress) {
        guard isShown else { return }
        let filled = progress.done * 24 / max(progress.of, 1)
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        Console.say("\r\u{1B}[K\(bar) \(progress.done + 1) / \(progress.of)  \(progress.title)")
    }

    func end() { if isShown { Console.say("\r\u{1B}[K") } }
}
