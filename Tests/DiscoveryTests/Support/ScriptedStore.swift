import Discovery
import Synchronization

/// A store in front of another, in which a test decides what goes wrong.
final class ScriptedStore: DiscoveryStore {
    enum Behaviour: Sendable {
        case works
        case fails(DiscoveryError)
        /// Answers nobody, until the task is cancelled.
        case isSilent
        /// Does it at once, and takes its time to say so.
        case answersAfter(Duration, on: ManualClock)
    }

    private struct State {
        var behaviour = Behaviour.works
        var keepAlives = 0
        var ranges = 0
        var watches: [WatchQueue] = []
        var observers: [(isMet: (Int) -> Bool, tell: CheckedContinuation<Void, Never>)] = []
    }

    private let inner: any DiscoveryStore
    private let state = Mutex(State())

    init(before inner: any DiscoveryStore) { self.inner = inner }

    var keepAlives: Int { state.withLock { $0.keepAlives } }
    var ranges: Int { state.withLock { $0.ranges } }

    /// From now on; watches that run end with the error.
    func set(_ behaviour: Behaviour) {
        let watches = state.withLock { state in
            state.behaviour = behaviour
            defer { state.watches = [] }
            return state.watches
        }
        if case .fails(let error) = behaviour { endWatches(watches, error) }
    }

    /// Watches that run end so; new ones work.
    func endWatches(_ error: DiscoveryError) {
        endWatches(
            state.withLock { state in
                defer { state.watches = [] }
                return state.watches
            }, error)
    }

    private func endWatches(_ watches: [WatchQueue], _ error: DiscoveryError) {
        for watch in watches { watch.finish(error) }
    }

    private func pass() async throws(DiscoveryError) {
        switch state.withLock({ $0.behaviour }) {
        case .works: return
        case .fails(let error): throw error
        case .isSilent:
            do { try await Task.sleep(for: .seconds(600)) } catch {}
            throw .cancelled
        case .answersAfter: return
        }
    }

    /// What lies between the deed and the answer.
    private func delay() async throws(DiscoveryError) {
        guard case .answersAfter(let time, let clock) = state.withLock({ $0.behaviour }) else { return }
        do { try await clock.sleep(for: time) } catch { throw .cancelled }
    }

    func get(_ key: DiscoveryKey) async throws(DiscoveryError) -> KeyValue? {
        try await pass()
        return try await inner.get(key)
    }

    func range(_ prefix: DiscoveryKey) async throws(DiscoveryError) -> PrefixSnapshot {
        state.withLock { $0.ranges += 1 }
        try await pass()
        return try await inner.range(prefix)
    }

    func transact(_ transaction: KeyTransaction) async throws(DiscoveryError) -> TransactionOutcome {
        try await pass()
        return try await inner.transact(transaction)
    }

    func grantLease(timeToLive: Duration) async throws(DiscoveryError) -> Lease {
        try await pass()
        let lease = try await inner.grantLease(timeToLive: timeToLive)
        try await delay()
        return lease
    }

    func keepAlive(_ lease: LeaseID) async throws(DiscoveryError) -> Duration {
        state.withLock { $0.keepAlives += 1 }
        try await pass()
        let time = try await inner.keepAlive(lease)
        try await delay()
        return time
    }

    func revoke(_ lease: LeaseID) async throws(DiscoveryError) {
        try await pass()
        try await inner.revoke(lease)
    }

    func watch(_ prefix: DiscoveryKey, from revision: Revision) -> DiscoveryWatch {
        let queue = WatchQueue(limits: WatchLimits())
        let behaviour = state.withLock { state in
            state.watches.append(queue)
            return state.behaviour
        }
        switch behaviour {
        case .fails(let error): queue.finish(error)
        case .isSilent: break
        case .works, .answersAfter:
            let source = inner.watch(prefix, from: revision)
            let task = Task {
                do throws(DiscoveryError) { for try await batch in source { queue.offer(batch) } } catch {
                    queue.finish(error)
                }
            }
            queue.onEnd { task.cancel() }
        }
        return DiscoveryWatch(queue)
    }
}
