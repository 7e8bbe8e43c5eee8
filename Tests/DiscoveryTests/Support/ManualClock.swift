import Synchronization

/// A clock that goes on when a test says so.
final class ManualClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Int: (wakesAt: Instant, wake: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<Int> = []
        var last = 0
        var observers: [Int: (isMet: @Sendable ([Instant]) -> Bool, tell: CheckedContinuation<Void, Never>)] = [:]
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let number = nextNumber()
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (wake: CheckedContinuation<Void, any Error>) in
                change { state in
                    if state.cancelled.remove(number) != nil { return [{ wake.resume(throwing: CancellationError()) }] }
                    if deadline <= state.now { return [{ wake.resume() }] }
                    state.sleepers[number] = (deadline, wake)
                    return []
                }
            }
        } onCancel: {
            change { state in
                guard let sleeper = state.sleepers.removeValue(forKey: number) else {
                    state.cancelled.insert(number)
                    return []
                }
                return [{ sleeper.wake.resume(throwing: CancellationError()) }]
            }
        }
    }

    /// Of somebody who waits.
    private func nextNumber() -> Int {
        state.withLock { state in
            state.last += 1
            return state.last
        }
    }

    func advance(by time: Duration) {
        change { state in
            state.now = state.now.advanced(by: time)
            let due = state.sleepers.filter { $0.value.wakesAt <= state.now }
            for number in due.keys { state.sleepers[number] = nil }
            return due.values.map { sleeper in { sleeper.wake.resume() } }
        }
    }

    /// Returns once somebody sleeps until exactly then.
    func waitForSleeper(until offset: Duration) async {
        await wait { $0.contains(Instant(offset: offset)) }
    }

    /// Returns once somebody sleeps.
    func waitForSleeper() async { await wait { !$0.isEmpty } }

    /// Returns at once if the task is cancelled.
    private func wait(_ isMet: @escaping @Sendable ([Instant]) -> Bool) async {
        let number = nextNumber()
        await withTaskCancellationHandler {
            await withCheckedContinuation { tell in
                change { state in
                    if state.cancelled.remove(number) != nil { return [{ tell.resume() }] }
                    state.observers[number] = (isMet, tell)
                    return []
                }
            }
        } onCancel: {
            change { state in
                guard let observer = state.observers.removeValue(forKey: number) else {
                    state.cancelled.insert(number)
                    return []
                }
                return [{ observer.tell.resume() }]
            }
        }
    }

    /// Changes the state, then resumes those it concerns, outside the lock.
    private func change(_ body: (inout State) -> [() -> Void]) {
        let resume: [() -> Void] = state.withLock { state in
            var resume = body(&state)
            let sleepers = state.sleepers.values.map(\.wakesAt)
            for (number, observer) in state.observers where observer.isMet(sleepers) {
                state.observers[number] = nil
                resume.append { observer.tell.resume() }
            }
            return resume
        }
        for step in resume { step() }
    }
}
