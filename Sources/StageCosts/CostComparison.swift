import MediaCore

/// What became of costs between two reports: changes that are more than noise, and those that are too much.
public struct CostComparison: Codable, Sendable, Hashable {
    /// Changes below are not told, however certain they are.
    public static let smallestChange = 0.01

    /// What is compared of a cost.
    public enum Measure: String, Codable, Sendable, Hashable {
        /// The ratio to the floor: the machine's own speed cancels out.
        case ratio
        /// Nanoseconds, where there is no floor, or another one.
        case time
        case allocations, instructions
    }

    public enum Verdict: String, Codable, Sendable, Hashable {
        /// Worse, by more than is allowed.
        case regression
        case worse, better
        /// Within noise, or too little to tell.
        case unchanged
        /// Times or instructions of different machines.
        case incomparable
    }

    /// One measure of one cost, before and after.
    public struct Change: Codable, Sendable, Hashable {
        /// What tells the cost apart from the others: `opus.encode, speech, bitrate 64 kbit/s`.
        public var label: String
        public var subject: CostSubject
        public var measure: Measure
        public var old: Double
        public var new: Double
        /// new ÷ old − 1; nil where old is 0.
        public var change: Double?
        /// Where 95 % of repetitions would put the change; nil of what is counted rather than timed.
        public var interval: Interval?
        public var verdict: Verdict
    }

    /// In the order of the new report; the worst come first among regressions and what is worse.
    public var changes: [Change]
    /// Labels of costs that only one of the reports has.
    public var onlyInOld: [String]
    public var onlyInNew: [String]
    /// Whether both were measured on the same machine; else times are not compared.
    public var isSameMachine: Bool
    /// Relative; changes above are regressions.
    public var failAbove: Double
    /// What to know about the two reports, a sentence each.
    public var notes: [String]

    public var regressions: [Change] { changes.filter { $0.verdict == .regression } }

    /// - Parameter failAbove: relative; 0.05 is 5 %.
    public init(old: CostReport, new: CostReport, failAbove: Double = 0.05) {
        let labels = CostLabels((old.costs + new.costs).map(\.subject))
        isSameMachine = old.machine.isSameMachine(as: new.machine)
        self.failAbove = failAbove
        notes = Self.notes(old, new, isSameMachine: isSameMachine)
        let before = Dictionary(old.costs.map { (Key($0), $0) }) { first, _ in first }
        let after = Set(new.costs.map(Key.init))
        changes = []
        onlyInNew = []
        onlyInOld = old.costs.filter { !after.contains(Key($0)) }.map { labels.label($0.subject) }
        var seen: Set<Key> = []
        for cost in new.costs where seen.insert(Key(cost)).inserted {
            if let former = before[Key(cost)] {
                changes += compare(former, cost, labels.label(cost.subject))
            } else {
                onlyInNew.append(labels.label(cost.subject))
            }
        }
    }

    /// Two costs are the same cost if their subjects and units are.
    private struct Key: Hashable {
        var subject: CostSubject
        var unit: StageCost.Unit

        init(_ cost: StageCost) { (subject, unit) = (cost.subject, cost.unit) }
    }

    // MARK: - One cost

    private func compare(_ old: StageCost, _ new: StageCost, _ label: String) -> [Change] {
        var changes = [time(old, new, label)]
        if let before = old.allocations, let after = new.allocations {
            let verdict = counted(before, after)
            changes.append(change(new, label, .allocations, before, after, nil, verdict))
        }
        if let before = old.instructions, let after = new.instructions {
            let verdict = isSameMachine ? counted(before, after) : .incomparable
            changes.append(change(new, label, .instructions, before, after, nil, verdict))
        }
        return changes
    }

    private func time(_ old: StageCost, _ new: StageCost, _ label: String) -> Change {
        if let before = old.floor, let after = new.floor, before.name == after.name {
            let interval = Self.interval(before.ratio, before.interval, after.ratio, after.interval)
            let verdict = timed(before.ratio, after.ratio, interval)
            return change(new, label, .ratio, before.ratio, after.ratio, interval, verdict)
        }
        let (before, after) = (old.nanoseconds, new.nanoseconds)
        let interval = Self.interval(before.median, before.interval, after.median, after.interval)
        let verdict = isSameMachine ? timed(before.median, after.median, interval) : .incomparable
        return change(new, label, .time, before.median, after.median, interval, verdict)
    }

    private func change(
        _ cost: StageCost, _ label: String, _ measure: Measure, _ old: Double, _ new: Double, _ interval: Interval?,
        _ verdict: Verdict
    ) -> Change {
        Change(
            label: label, subject: cost.subject, measure: measure, old: old, new: new,
            change: old > 0 ? new / old - 1 : nil, interval: interval, verdict: verdict)
    }

    /// A change is more than noise if its interval excludes 0.
    private func timed(_ old: Double, _ new: Double, _ interval: Interval?) -> Verdict {
        guard let interval, interval.low > 0 || interval.high < 0 else { return .unchanged }
        return judged(new / old - 1)
    }

    /// What is counted has no noise to speak of; what was 0 is to stay 0.
    private func counted(_ old: Double, _ new: Double) -> Verdict {
        guard old > 0 else { return new > 0 ? .regression : .unchanged }
        return judged(new / old - 1)
    }

    private func judged(_ change: Double) -> Verdict {
        if change > max(failAbove, Self.smallestChange) { return .regression }
        if change > Self.smallestChange { return .worse }
        return change < -Self.smallestChange ? .better : .unchanged
    }
}
