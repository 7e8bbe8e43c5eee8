import Synchronization

/// What may wait between a store and whoever watches it.
public struct WatchLimits: Sendable, Hashable {
    public var events: Int
    public var bytes: Int

    public init(events: Int = 16_384, bytes: Int = 32 << 20) { (self.events, self.bytes) = (events, bytes) }
}

/// The bounded queue between a store and one who watches. More than may wait ends the watch as `fellBehind`, and what
/// waited is dropped: a new range says it all.
package final class WatchQueue: Sendable {
    typealias Outcome = Result<WatchBatch, DiscoveryError>

    fileprivate struct State {
        var waiting: [WatchBatch] = []
        var taken = 0
        var (events, bytes) = (0, 0)
        var end: DiscoveryError?
        var reader: CheckedContinuation<Outcome, Never>?
        var release: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())
    private let limits: WatchLimits

    package init(limits: WatchLimits) { self.limits = limits }

    /// What is called once, when the watch ends on whichever side: at once if it has ended already.
    package func onEnd(_ release: @escaping @Sendable () -> Void) {
        let hasEnded = state.withLock { state in
            if state.end == nil { state.release = release }
            return state.end != nil
        }
        if hasEnded { release() }
    }

    /// - Returns: false if the watch has ended, now or before.
    @discardableResult
    package func offer(_ batch: WatchBatch) -> Bool {
        let size = batch.events.reduce(128) { $0 + $1.size }
        let step: (deliver: (() -> Void)?, isFull: Bool) = state.withLock { state in
            guard state.end == nil else { return (nil, false) }
            if let reader = state.reader.take() { return ({ reader.resume(returning: .success(batch)) }, false) }
            // A batch that is larger than all that may wait still gets through, alone.
            let isFirst = state.taken == state.waiting.count
            let hasRoom =
                state.events + max(batch.events.count, 1) <= limits.events && state.bytes + size <= limits.bytes
            guard isFirst || hasRoom else { return (nil, true) }
            state.waiting.append(batch)
            state.events += max(batch.events.count, 1)
            state.bytes += size
            return ({}, false)
        }
        if step.isFull {
            end(.fellBehind(maximumEvents: limits.events, maximumBytes: limits.bytes), dropping: true)
        }
        step.deliver?()
        return step.deliver != nil
    }

    /// By the store: what waits is still delivered, then the error.
    package func finish(_ error: DiscoveryError) { end(error, dropping: false) }

    private func end(_ error: DiscoveryError, dropping: Bool) {
        let (reader, release) = state.withLock { state in
            if dropping { (state.waiting, state.taken, state.events, state.bytes) = ([], 0, 0, 0) }
            guard state.end == nil else { return (state.reader.take(), state.release.take()) }
            state.end = error
            return (state.reader.take(), state.release.take())
        }
        reader?.resume(returning: .failure(error))
        release?()
    }

    /// By one task at a time.
    func next() async throws(DiscoveryError) -> WatchBatch {
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { (reader: CheckedContinuation<Outcome, Never>) in
                let outcome: Outcome? = state.withLock { state in
                    if let batch = state.take() { return .success(batch) }
                    if let end = state.end { return .failure(end) }
                    precondition(state.reader == nil, "a watch is read by one task at a time")
                    state.reader = reader
                    return nil
                }
                if let outcome { reader.resume(returning: outcome) }
            }
        } onCancel: {
            abandon()
        }
        return try outcome.get()
    }

    /// By whoever watches.
    func abandon() { end(.cancelled, dropping: true) }
}

extension WatchQueue.State {
    fileprivate mutating func take() -> WatchBatch? {
        guard taken < waiting.count else { return nil }
        let batch = waiting[taken]
        waiting[taken] = WatchBatch(revision: .none, events: [])
        taken += 1
        events -= max(batch.events.count, 1)
        bytes -= batch.events.reduce(128) { $0 + $1.size }
        if taken == waiting.count || taken >= 64 && taken * 2 >= waiting.count {
            waiting.removeFirst(taken)
            taken = 0
        }
        return batch
    }
}
