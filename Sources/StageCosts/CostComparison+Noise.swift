import Glibc
import MediaCore

extension CostComparison {
    /// Where 95 % of repetitions would put `new / old - 1`.
    ///
    /// Both values scatter independently, and multiply: in logarithms the half-widths of their intervals add as
    /// squares. nil where a value or an end of an interval is 0, so that nothing can be said.
    static func interval(_ old: Double, _ oldInterval: Interval, _ new: Double, _ newInterval: Interval) -> Interval? {
        guard old > 0, new > 0, let before = halfWidth(oldInterval), let after = halfWidth(newInterval) else {
            return nil
        }
        let half = (before * before + after * after).squareRoot()
        let middle = log(new / old)
        return Interval(low: exp(middle - half) - 1, high: exp(middle + half) - 1)
    }

    private static func halfWidth(_ interval: Interval) -> Double? {
        interval.low > 0 ? log(interval.high / interval.low) / 2 : nil
    }

    /// What a reader of the comparison should know about the two reports.
    static func notes(_ old: CostReport, _ new: CostReport, isSameMachine: Bool) -> [String] {
        var notes: [String] = []
        func differs(_ what: String, _ before: String, _ after: String) {
            guard before != after else { return }
            notes.append("\(what) differs: \(TextFormat.printable(before)) → \(TextFormat.printable(after))")
        }
        if !isSameMachine {
            notes.append("the machines differ: times and instructions are not comparable, ratios and allocations are")
            differs("the machine", old.machine.text, new.machine.text)
        } else {
            differs("kernel", old.machine.kernel, new.machine.kernel)
        }
        differs("Parley", old.parley, new.parley)
        let libraries = [old, new].map { $0.machine.libraries.sorted().joined(separator: ", ") }
        differs("what is called", libraries[0], libraries[1])
        for (name, report) in [("old", old), ("new", new)] {
            if report.isShipped == true { notes.append("the \(name) figures came with Parley, measured elsewhere") }
            notes += report.warnings.map { "of the \(name) report: \(TextFormat.printable($0, limit: 400))" }
        }
        return notes
    }
}
