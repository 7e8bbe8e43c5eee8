package import StageCosts

/// Runs trials so that the figures can be believed on a noisy machine: warmed up, stage and floor in turn in one thread,
/// by processor time, in several passes.
package struct TrialRunner: ~Copyable {
    /// Processor time for each trial, over all passes.
    package var seconds = 0.6
    package var passes = 5
    package var meter: AllocationMeter?
    private let instructions = InstructionCounter()

    /// Fewest and most pairs of batches in a pass.
    private static let pairs = 15...20_000

    package init() {}

    package var countsInstructions: Bool { instructions.isAvailable }

    /// What has been measured of one trial, pass by pass.
    package struct Collected {
        fileprivate let spec: TrialSpec
        fileprivate var samples = CostSamples()
        fileprivate var allocations: Double?
        fileprivate var instructions: Double?
        fileprivate var floorName: String?
        fileprivate var bytes = TouchedBytes()
        fileprivate var read: Int?

        package init(_ spec: TrialSpec) { self.spec = spec }

        package var cost: StageCost {
            var bytes = bytes
            bytes.state = spec.stateBytes
            return StageCost(
                subject: spec.subject, unit: spec.unit, nanoseconds: samples.quantiles,
                floor: floorName.flatMap(samples.floorCost), allocations: allocations, bytes: bytes,
                instructions: instructions, samples: read)
        }
    }

    /// Measures a trial once more, with objects made anew.
    package func pass(_ collected: inout Collected) throws {
        var trial = try collected.spec.make()
        try runPass(&trial, into: &collected.samples)
        if let failure = trial.failure { throw BenchError("\(collected.spec.subject.title): \(failure)") }
        (collected.floorName, collected.bytes, collected.read) = (trial.floorName, trial.bytes, trial.samples)
        collected.allocations = countAllocations(&trial).map { max($0, collected.allocations ?? 0) }
        collected.instructions = countInstructions(&trial) ?? collected.instructions
    }

    // MARK: - One pass

    private enum Work {
        case baseline, stage, floor
    }

    private func runPass(_ trial: inout any Trial & ~Copyable, into samples: inout CostSamples) throws {
        let budget = Int64(seconds / Double(passes) * 1e9)
        let start = ThreadClock.now
        repeat { warmUp(&trial) } while ThreadClock.now - start < budget / 8
        var (stage, floor, baseline): ([Double], [Double], [Double]) = ([], [], [])
        let measured = ThreadClock.now
        let hasFloor = trial.floorName != nil
        while stage.count < Self.pairs.lowerBound
            || (stage.count < Self.pairs.upperBound && ThreadClock.now - measured < budget)
        {
            trial.prepare()
            // They take turns in coming first: see `CostSamples`.
            let stageIsFirst = stage.count % 2 == 0
            baseline.append(Self.time(&trial, .baseline))
            if stageIsFirst { stage.append(Self.time(&trial, .stage)) }
            if hasFloor { floor.append(Self.time(&trial, .floor)) }
            if !stageIsFirst { stage.append(Self.time(&trial, .stage)) }
        }
        samples.add(stage: stage, floor: floor, baseline: baseline, operations: trial.operations)
    }

    private func warmUp(_ trial: inout any Trial & ~Copyable) {
        trial.prepare()
        trial.baseline()
        trial.stage()
        if trial.floorName != nil { trial.floor() }
    }

    private static func time(_ trial: inout any Trial & ~Copyable, _ work: Work) -> Double {
        let start = ThreadClock.now
        switch work {
        case .baseline: trial.baseline()
        case .stage: trial.stage()
        case .floor: trial.floor()
        }
        return Double(ThreadClock.now - start)
    }

    // MARK: - Counts

    private func countAllocations(_ trial: inout any Trial & ~Copyable) -> Double? {
        guard let meter else { return nil }
        var count = 0
        for _ in 0..<16 {
            trial.prepare()
            meter.start()
            trial.stage()
            count += meter.stop().count
        }
        return Double(count) / Double(16 * trial.operations)
    }

    private func countInstructions(_ trial: inout any Trial & ~Copyable) -> Double? {
        guard instructions.isAvailable else { return nil }
        var counts: [Double] = []
        for _ in 0..<15 {
            trial.prepare()
            let before = instructions.value
            trial.baseline()
            let middle = instructions.value
            trial.stage()
            let after = instructions.value
            counts.append(Double(after &- middle) - Double(middle &- before))
        }
        return max(CostSamples.quantile(counts.sorted(), 0.5), 0) / Double(trial.operations)
    }
}
