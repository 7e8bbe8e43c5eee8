import Synchronization
import Testing

/// Suites that take turns: each keeps processes busy in real time, which on a small machine leaves little room for another
/// that does.
struct OneAtATime: SuiteTrait, TestScoping {
    /// Whose turn it is.
    final class Turns: Sendable {
        static let servers = Turns()
        static let packets = Turns()

        private struct Queue {
            var isTaken = false
            var waiting: [CheckedContinuation<Void, Never>] = []
        }

        private let queue = Mutex(Queue())

        func take() async {
            await withCheckedContinuation { continuation in
                let isFree = queue.withLock { queue in
                    defer { queue.isTaken = true }
                    if queue.isTaken { queue.waiting.append(continuation) }
                    return !queue.isTaken
                }
                if isFree { continuation.resume() }
            }
        }

        func give() {
            queue.withLock { queue -> CheckedContinuation<Void, Never>? in
                queue.isTaken = !queue.waiting.isEmpty
                return queue.waiting.isEmpty ? nil : queue.waiting.removeFirst()
            }?.resume()
        }
    }

    let turns: Turns

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        await turns.take()
        defer { turns.give() }
        try await function()
    }
}

extension Trait where Self == OneAtATime {
    static func oneAtATime(_ turns: OneAtATime.Turns) -> Self { OneAtATime(turns: turns) }
}
