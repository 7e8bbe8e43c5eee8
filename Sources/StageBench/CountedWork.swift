import CFloors
public import MediaCore
public import PipelineSpec
import StageCosts

/// A fixed amount of work, done where a profiler can be told to count: instructions do not depend on how busy the machine
/// is, so they can be held to a budget.
public struct CountedWork: Sendable, Hashable {
    /// What was counted: `opus.decode, speech`.
    public var title: String
    /// Frames, packets or ticks that were worked on.
    public var operations: Int
}

extension StageBench {
    /// Fewest operations that are counted, so that the sound of one frame does not decide.
    private static let operations = 48

    /// Does the work of stages, the engine and the kernels within `parley_counted_region`: first, up to a call of
    /// `parley_counted_end`, what surrounds the work, to be taken off; then, up to the next, the work.
    public func countWork(
        of stages: [PlannedStage], format: AudioFormat = AudioFormat(), each: (CountedWork) -> Void
    ) throws {
        let trials = try StageTrials(registry: registry, format: format, conditions: conditions, meter: nil)
        var specs = try stages.flatMap { try trials.trials(of: $0) }
        // What datagrams cost is the kernel's, which no profiler sees.
        specs += try trials.engineTrials().filter { !["engine.send", "engine.receive"].contains($0.subject.kind) }
        specs += KernelTrials.all(format).filter { $0.subject.kind.hasPrefix("kernel.") }
        for spec in specs {
            let operations = try Self.count(spec)
            let input = spec.subject.input.isEmpty ? "" : ", \(spec.subject.input)"
            each(CountedWork(title: spec.subject.title + input, operations: operations))
        }
    }

    /// The same for whole ticks of a room.
    public func countTicks(
        of plan: PipelinePlan, speakers: Int, listeners: Int, ticks: Int, each: (CountedWork) -> Void
    ) throws {
        let trials = try StageTrials(registry: registry, format: plan.format, conditions: conditions, meter: nil)
        let room = try RoomTrial(
            plan: plan, speakers: speakers, listeners: listeners, talkers: trials.talkers(.speech),
            suite: conditions.suite)
        var trial: any Trial & ~Copyable = RoomTickTrial(room)
        let operations = try Self.count(&trial, batches: ticks)
        each(
            CountedWork(
                title: "tick of \(plan.name), \(speakers) speakers, \(listeners) listeners", operations: operations))
    }

    private static func count(_ spec: TrialSpec) throws -> Int {
        var trial = try spec.make()
        let batches = max((operations + trial.operations - 1) / trial.operations, 1)
        return try count(&trial, batches: batches)
    }

    private static func count(_ trial: inout any Trial & ~Copyable, batches: Int) throws -> Int {
        // Until delays and decisions have settled; large batches settle sooner.
        for _ in 0..<(trial.operations > 64 ? 8 : 60) {
            trial.prepare()
            trial.baseline()
            trial.stage()
        }
        for isStage in [false, true] {
            for _ in 0..<batches {
                trial.prepare()
                // Both are done in every round, one of them counted: what one has begun the other may go on with.
                if isStage { trial.baseline() }
                region(&trial, isStage)
                if !isStage { trial.stage() }
            }
            parley_counted_end()
        }
        if let failure = trial.failure { throw BenchError(failure) }
        return batches * trial.operations
    }

    private static func region(_ trial: inout any Trial & ~Copyable, _ isStage: Bool) {
        unsafe withUnsafeMutablePointer(to: &trial) { trial in
            var region = unsafe Region(trial: trial, isStage: isStage)
            unsafe withUnsafeMutablePointer(to: &region) { region in
                unsafe parley_counted_region(
                    { context in
                        guard let context = unsafe context else { return }
                        let region = unsafe context.assumingMemoryBound(to: Region.self)
                        unsafe region.pointee.run()
                    }, region)
            }
        }
    }
}

/// What is done within the counted call.
@unsafe private struct Region {
    let trial: UnsafeMutablePointer<any Trial & ~Copyable>
    let isStage: Bool

    func run() { unsafe isStage ? trial.pointee.stage() : trial.pointee.baseline() }
}

/// A room's tick as a trial.
private struct RoomTickTrial: Trial, ~Copyable {
    let operations = 1
    let floorName: String? = nil
    let bytes = TouchedBytes()
    private(set) var failure: String?
    private var room: RoomTrial
    private var times = [Double](repeating: 0, count: RoomTrial.Phase.allCases.count)

    init(_ room: consuming RoomTrial) { self.room = room }

    mutating func prepare() { room.bringPackets() }

    mutating func stage() {
        do { try room.tick(adding: &times) } catch { failure = "\(error)" }
    }

    mutating func floor() {}
}
