import Synchronization
import Testing

/// Suites that take turns: each keeps several processes busy in real time, which on a small machine leaves no room for
/// another that does.
struct OneAtATime: SuiteTrait, TestScoping {
    private struct Queue {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private static let queue = Mutex(Queue())

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        await Self.take()
        defer { Self.give() }
        try await function()
    }

    private static func take() async {
        await withCheckedContinuation { continuation in
            let isFree = queue.withLock { queue in
                defer { queue.isTaken = true }
                if queue.isTaken { queue.waiting.append(continuation) }
                return !queue.isTaken
            }
            if isFree { continuation.resume() }
        }
    }

    private static func give() {
        queue.withLock { queue -> CheckedContinuation<Void, Never>? in
            queue.isTaken = !queue.waiting.isEmpty
            return queue.waiting.isEmpty ? nil : queue.waiting.removeFirst()
        }?.resume()
    }
}

extension Trait where Self == OneAtATime {
    static var oneAtATime: Self { OneAtATime() }
}
