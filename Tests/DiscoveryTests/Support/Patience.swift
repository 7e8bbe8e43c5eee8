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

    /// What the body returns, unless it takes far too long.
    static func within<Value: Sendable>(
        seconds: Int = 60, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw RanOut()
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw RanOut() }
            return value
        }
    }
}
