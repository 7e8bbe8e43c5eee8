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
        var costs: [StageCost] = []
        for (index, spec) in specs.enumerated() {
            progress(Progress(title: spec.subject.title, done: index, of: specs.count))
            costs.append(try runner.run(spec))
        }
        return costs
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

/// What a tick of a whole room took. Times are medians in nanoseconds of processor time.
public struct RoomMeasurement: Sendable {
    /// By phase, in order: receive, ingest, play, mix, encode, transmit, send.
    public var phases: [(name: String, nanoseconds: Double)]
    /// What bare C takes for the codec and the sealing of the same tick.
    public var floors: [(name: String, nanoseconds: Double)]
    public var tick: CostQuantiles
    /// Heap allocations of a tick; nil where nothing counts them.
    public var allocations: Double?
    public var ticks: Int
    /// Packets a listener got per tick: 1 where none was lost.
    public var packetsPerMember: Double
}

extension StageBench {
    /// Runs a whole room of a plan.
    /// - Parameter ticks: that are measured; a tenth as many warm up.
    public func measureRoom(
        of plan: PipelinePlan, speakers: Int, listeners: Int, ticks: Int, progress: (Progress) -> Void = { _ in }
    ) throws -> RoomMeasurement {
        let trials = try StageTrials(registry: registry, format: plan.format, conditions: conditions, meter: meter)
        var room = try RoomTrial(
            plan: plan, speakers: speakers, listeners: listeners, talkers: trials.talkers(.speech),
            suite: conditions.suite)
        return try RoomRun(ticks: ticks, meter: meter).measure(&room, progress: progress)
    }
}
