extension CostReport {
    /// The largest number that a report may hold. What is below can be formatted, added and divided without overflow.
    static let largestNumber = 1e15
    /// Costs of a report, at most.
    public static let maximumCosts = 10_000

    /// What no measurement can have given; nil if there is nothing. A report that was read from a file is to be asked
    /// before anything else is done with it.
    public var problem: String? {
        guard costs.count <= Self.maximumCosts else { return "more than \(Self.maximumCosts) costs" }
        guard (0...1).contains(machine.steal) else { return "machine.steal is not 0 to 1" }
        guard (0...Self.largestNumber).contains(machine.load) else { return "machine.load is not a load" }
        guard (0...1_000_000).contains(machine.cores) else { return "machine.cores is not a number of cores" }
        for (index, cost) in costs.enumerated() {
            if let problem = cost.problem { return "costs[\(index)].\(problem)" }
        }
        return nil
    }
}

extension StageCost {
    fileprivate var problem: String? {
        let format = subject.format
        guard !subject.kind.isEmpty else { return "subject.kind is empty" }
        guard (1...1_000_000_000).contains(subject.width) else { return "subject.width is not 1 or more" }
        guard (1...10_000_000).contains(format.sampleRate), (1...1024).contains(format.channels),
            (1...10_000_000).contains(format.samplesPerFrame)
        else { return "subject.format is no audio format" }
        let times = [nanoseconds.median, nanoseconds.p95, nanoseconds.p99]
        guard times.allSatisfy(Self.isSound) else { return "nanoseconds are no times" }
        guard nanoseconds.interval.isSound else { return "nanoseconds.interval is no interval" }
        if let floor {
            guard Self.isSound(floor.nanoseconds), Self.isSound(floor.ratio) else {
                return "floor is no floor"
            }
            guard floor.interval.isSound else { return "floor.interval is no interval" }
        }
        guard Self.isSound(allocations ?? 0) else { return "allocations is not a count" }
        guard Self.isSound(instructions ?? 0) else { return "instructions is not a count" }
        let counts = [bytes.input, bytes.output, bytes.state ?? 0, samples ?? 0]
        guard counts.allSatisfy({ Self.isSound(Double($0)) }) else { return "bytes or samples are not counts" }
        return nil
    }

    fileprivate static func isSound(_ value: Double) -> Bool { (0...CostReport.largestNumber).contains(value) }
}

extension Interval {
    fileprivate var isSound: Bool { 0 <= low && low <= high && high <= CostReport.largestNumber }
}
