import Dispatch
import Testing

/// A thread for each case of a suite: what waits for programs in real time is not to wait for other tests, which keep
/// the threads of the concurrency pool busy for seconds.
struct OwnThread: SuiteTrait, TestTrait, TestScoping {
    final class Executor: TaskExecutor {
        // A serial queue gets a thread even where all of the pool's are taken.
        private let queue = DispatchQueue(label: "interop")

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        try await withTaskExecutorPreference(Executor()) { try await function() }
    }
}

extension Trait where Self == OwnThread {
    static var ownThread: Self { OwnThread() }
}
