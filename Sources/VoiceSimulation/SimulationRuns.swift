import Dispatch
import Foundation
import Synchronization

/// One scenario with several seeds, side by side on the machine's cores.
public struct SimulationRuns: Sendable {
    private let scenario: Scenario
    private let seeds: ClosedRange<UInt64>
    private let jobs: Int

    /// - Parameter jobs: that play at the same time; nil: as many as there are cores.
    public init(_ scenario: Scenario, seeds: ClosedRange<UInt64>, jobs: Int? = nil) {
        self.scenario = scenario
        self.seeds = seeds
        self.jobs = max(jobs ?? ProcessInfo.processInfo.activeProcessorCount, 1)
    }

    private struct State: Sendable {
        var next: UInt64?
        var isFine = true
    }

    /// Plays them all.
    /// - Parameter report: is called for each seed as it is done, one at a time.
    /// - Returns: whether every promise was kept.
    public func play(_ report: @Sendable (SimulationResult) -> Void) -> Bool {
        let state = Mutex(State(next: seeds.lowerBound))
        DispatchQueue.concurrentPerform(iterations: min(jobs, seeds.count)) { _ in
            while let seed = state.withLock({ take(&$0) }) {
                let result = Simulation(scenario, seed: seed).run()
                state.withLock { state in
                    if !result.isFine { state.isFine = false }
                    report(result)
                }
            }
        }
        return state.withLock { $0.isFine }
    }

    private func take(_ state: inout State) -> UInt64? {
        guard let seed = state.next else { return nil }
        state.next = seed == seeds.upperBound ? nil : seed + 1
        return seed
    }
}
