import Dispatch

/// Waiting, but not for ever.
package enum Patience {
    package struct RanOut: Error { package init() {} }

    /// Asks every few milliseconds until it is so. - Returns: whether it has become so in time.
    package static func wait(seconds: Double = 60, _ condition: @escaping @Sendable () -> Bool) async -> Bool {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "patience"))
        let end = DispatchTime.now() + seconds
        let (outcome, continuation) = AsyncStream<Bool>.makeStream()
        timer.setEventHandler {
            let isSo = condition()
            guard isSo || DispatchTime.now() > end else { return }
            continuation.yield(isSo)
            continuation.finish()
        }
        timer.schedule(deadline: .now(), repeating: .milliseconds(5))
        timer.resume()
        defer { timer.cancel() }
        for await isSo in outcome { return isSo }
        return false
    }

    /// What the body returns, unless it takes far too long; then nobody waits for it any more.
    package static func within<Value: Sendable>(
        seconds: Int = 60, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let (outcomes, continuation) = AsyncThrowingStream<Value, any Error>.makeStream()
        let work = Task {
            do {
                continuation.yield(try await body())
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        let timer = DispatchWorkItem { continuation.finish(throwing: RanOut()) }
        DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(seconds), execute: timer)
        defer {
            work.cancel()
            timer.cancel()
        }
        for try await value in outcomes { return value }
        throw RanOut()
    }
}
