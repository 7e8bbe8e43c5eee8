import FileAccess
import MediaPlane
import SessionCapture
import Synchronization

/// The files that a session is written down in: one for each shard, since each has an order of its own.
final class CaptureFiles: Sendable {
    private struct State {
        var recorders: [(path: String, recorder: SessionRecorder)] = []
        var failure: (any Error)?
    }

    private let path: String
    private let overwrite: Bool
    private let state = Mutex(State())

    init(path: String, overwrite: Bool) {
        self.path = path
        self.overwrite = overwrite
    }

    /// `session.pcapng`, `session-1.pcapng`, `session-2.pcapng`, …
    static func path(_ path: String, shard: Int) -> String {
        guard shard > 0 else { return path }
        let stem = path.hasSuffix(".pcapng") ? String(path.dropLast(7)) : path
        return "\(stem)-\(shard).pcapng"
    }

    func tap(_ shard: Int) -> (any ShardTap)? {
        let path = Self.path(path, shard: shard)
        return state.withLock { state in
            do {
                let recorder = try SessionRecorder(path: path, overwrite: overwrite)
                state.recorders.append((path, recorder))
                return recorder
            } catch {
                state.failure = error
                return nil
            }
        }
    }

    /// - Throws: why a file could not be made.
    func check() throws { if let failure = state.withLock({ $0.failure }) { throw failure } }

    /// Puts the files into place.
    /// - Returns: a line about each.
    func finish() -> [String] {
        state.withLock { $0.recorders }.map { path, recorder in
            do throws(FileError) {
                let (bytes, lost) = try recorder.finish()
                return lost == 0
                    ? "the session is in \(path) (\(bytes) bytes, keys included); 'parley replay' plays it again"
                    : "\(path) misses \(lost) inputs that came faster than they could be written"
            } catch {
                return "the session could not be written down: \(error)"
            }
        }
    }
}
