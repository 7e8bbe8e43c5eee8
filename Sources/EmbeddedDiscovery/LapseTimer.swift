import Discovery
import Synchronization

/// Wakes the store when a lease may have lapsed.
final class LapseTimer: Sendable {
    private struct State {
        var wakesAt: Duration?
        var task: Task<Void, Never>?
        var isStopped = false
    }

    private let state = Mutex(State())

    /// Wakes then, unless it wakes earlier anyway.
    func arm(at moment: Duration, by timekeeper: Timekeeper, _ wake: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            if state.isStopped { return }
            if let wakesAt = state.wakesAt, wakesAt <= moment { return }
            state.task?.cancel()
            state.wakesAt = moment
            state.task = Task { [weak self] in
                do { try await timekeeper.sleep(moment) } catch { return }
                guard let self else { return }
                let isOurs = self.state.withLock { state in
                    guard state.wakesAt == moment else { return false }
                    (state.wakesAt, state.task) = (nil, nil)
                    return true
                }
                if isOurs { await wake() }
            }
        }
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.task?.cancel()
            (state.wakesAt, state.task) = (nil, nil)
        }
    }
}

extension EmbeddedStore {
    /// What could not be written down, for want of room, is tried again after this long.
    private static let patience = Duration.seconds(1)

    func armTimer() {
        guard let moment = holdings.withLock({ $0.earliestLapse }) else { return }
        arm(at: moment)
    }

    private func arm(at moment: Duration) {
        timer.arm(at: moment, by: timekeeper) { [weak self] in await self?.wake() }
    }

    private func wake() async {
        do {
            _ = try await step { db, holdings, now throws in try self.lapse(db, &holdings, now) }
            armTimer()
        } catch {
            arm(at: timekeeper.now() + Self.patience)
        }
    }
}
