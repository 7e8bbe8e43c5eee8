package import StageCosts

/// One thing that is measured: batches of a stage's work and of its floor's, on the same input, in turn.
///
/// A trial is made new for each pass. Its batches are as long as the work needs for the clock to be fine enough.
package protocol Trial: ~Copyable {
    /// Operations (frames, packets, ticks) of one batch.
    var operations: Int { get }
    /// What the floor is called; nil if there is none.
    var floorName: String? { get }
    /// What goes in and out for one operation.
    var bytes: TouchedBytes { get }
    /// Samples read for one operation, where the work is told so.
    var samples: Int? { get }
    /// Why the measurement is worth nothing: the stage refused its input, say.
    var failure: String? { get }

    /// Makes the input of the next batch. Not measured.
    mutating func prepare()
    /// What surrounds the work in both (bringing the input into place). Measured, and taken off both.
    mutating func baseline()
    mutating func stage()
    mutating func floor()
}

extension Trial where Self: ~Copyable {
    package var samples: Int? { nil }
    package var failure: String? { nil }
    package mutating func prepare() {}
    package mutating func baseline() {}
}

/// A trial and what it is a trial of.
package struct TrialSpec: Sendable {
    package var subject: CostSubject
    package var unit: StageCost.Unit
    /// Heap memory of one instance; nil where nothing counts it.
    package var stateBytes: Int?
    package var make: @Sendable () throws -> any Trial & ~Copyable

    package init(
        _ subject: CostSubject, _ unit: StageCost.Unit, stateBytes: Int? = nil,
        make: @escaping @Sendable () throws -> any Trial & ~Copyable
    ) {
        self.subject = subject
        self.unit = unit
        self.stateBytes = stateBytes
        self.make = make
    }
}

/// Counts this thread's heap allocations; the program that runs the benchmark says how.
public struct AllocationMeter: Sendable {
    let start: @Sendable () -> Void
    let stop: @Sendable () -> (count: Int, bytes: Int)

    /// - Parameter stop: allocations since `start`, and how many bytes they asked for.
    public init(
        start: @escaping @Sendable () -> Void, stop: @escaping @Sendable () -> (count: Int, bytes: Int)
    ) {
        self.start = start
        self.stop = stop
    }
}

/// Why something cannot be measured. One line: what, why, what to do.
public struct BenchError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
