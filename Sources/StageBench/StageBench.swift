public import MediaCore
public import PipelineSpec
public import StageCosts

/// Measures stages, the engine's parts and the kernels below them. What `parley bench` runs; a program with stages of its
/// own runs it on its own registry.
public struct StageBench: ~Copyable {
    /// What is told while it runs.
    public struct Progress: Sendable {
        public var title: String
        public var done: Int
        public var of: Int
    }

    private var runner = TrialRunner()
    let registry: StageRegistry
    let conditions: BenchConditions
    private let meter: AllocationMeter?

    /// - Parameters:
    ///   - seconds: of processor time for each figure.
    ///   - meter: what counts allocations; nil: nobody does.
    public init(
        registry: StageRegistry, conditions: BenchConditions = BenchConditions(), seconds: Double = 0.6,
        meter: AllocationMeter? = nil
    ) {
        self.registry = registry
        self.conditions = conditions
        self.meter = meter
        runner.seconds = seconds
        runner.meter = meter
    }

    /// Measures stages in a format.
    /// - Parameter engine: whether what the engine itself adds is measured as well.
    /// - Throws: `BenchError`; what a stage throws that cannot be made.
    public func measure(
        _ stages: [PlannedStage], format: AudioFormat = AudioFormat(), engine: Bool = false,
        progress: (Progress) -> Void = { _ in }
    ) throws -> [StageCost] {
        let trials = try StageTrials(registry: registry, format: format, conditions: conditions, meter: meter)
        var specs: [TrialSpec] = []
        for stage in stages { specs += try trials.trials(of: stage) }
        if engine { specs += try trials.engineTrials() }
        return try run(specs, progress)
    }

    /// Measures the loops below the stages, and what the machine allows.
    public func measureKernels(
        format: AudioFormat = AudioFormat(), progress: (Progress) -> Void = { _ in }
    ) throws -> [StageCost] {
        try run(KernelTrials.all(format), progress)
    }

    private func run(_ specs: [TrialSpec], _ progress: (Progress) -> Void) throws -> [StageCost] {
        // Pass by pass, not trial by trial: a machine that is slow for some seconds is so for one pass of each.
        var collected = specs.map { TrialRunner.Collected($0) }
        let total = specs.count * runner.passes
        for pass in 0..<runner.passes {
            for index in collected.indices {
                progress(Progress(title: specs[index].subject.title, done: pass * specs.count + index, of: total))
                try runner.pass(&collected[index])
            }
        }
        return collected.map(\.cost)
    }

    /// Runs a body, describes the machine and how quiet it was meanwhile.
    public func report(
        parley: String, date: String, _ body: () throws -> [StageCost]
    ) rethrows -> CostReport {
        let probe = MachineProbe()
        let costs = try body()
        let machine = probe.description(hasInstructions: runner.countsInstructions)
        return CostReport(
            parley: parley, date: date, machine: machine, warnings: MachineProbe.warnings(machine, costs), costs: costs)
    }
}

extension StageBench {
    /// Runs a whole room of a plan: packets in and packets out over the loopback interface, everybody talking.
    /// - Parameters:
    ///   - prediction: what to hold it against; also says who is in the room.
    ///   - ticks: that are measured; more warm up.
    /// - Throws: `BenchError`; what a stage or a lane throws that cannot be made.
    public func measureRoom(
        of plan: PipelinePlan, against prediction: CapacityPrediction, ticks: Int,
        progress: (Progress) -> Void = { _ in }
    ) throws -> RoomComparison {
        let trials = try StageTrials(registry: registry, format: plan.format, conditions: conditions, meter: meter)
        var room = try RoomTrial(
            plan: plan, speakers: prediction.speakers, listeners: prediction.listeners,
            talkers: trials.talkers(.speech), suite: conditions.suite)
        return try RoomRun(ticks: ticks, meter: meter).measure(&room, against: prediction, progress: progress)
    }
}
