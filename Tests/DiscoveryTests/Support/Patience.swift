import Dispatch
import Foundation

/// A folder that goes away with the value.
final class TemporaryFolder: Sendable {
    let path = FileManager.default.temporaryDirectory.appending(path: "parley-discovery-\(UUID().uuidString)").path

    init() { try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

/// Waiting, but not for ever.
enum Patience {
    struct RanOut: Error {}

    /// Asks every few milliseconds until it is so. - Returns: whether it has become so in time.
    static func wait(seconds: Double = 60, _ condition: @escaping @Sendable () -> Bool) async -> Bool {
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
    static func within<Value: Sendable>(
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
        let timer = Task {
            try await Task.sleep(for: .seconds(seconds))
            continuation.finish(throwing: RanOut())
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        for try await value in outcomes { return value }
        throw RanOut()
    }
}
