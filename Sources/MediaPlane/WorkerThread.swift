import CDatagrams
import Glibc
import Synchronization

/// A thread of the system's own: not of a pool, so that nothing else ever runs on it.
package final class WorkerThread: Sendable {
    /// What of its scheduling the system did not allow.
    let warnings: [String]
    private let thread: Mutex<parley_thread?>

    /// - Parameter body: runs once. The thread ends when it returns.
    package init(
        name: String, scheduling: ThreadScheduling, _ body: @escaping @Sendable () -> Void
    ) throws(MediaPlaneError) {
        var thread = parley_thread()
        let context = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        let code = unsafe String(name.prefix(15)).withCString { name in
            let options = unsafe parley_thread_options(
                name: name, processor: Int32(scheduling.processor ?? -1),
                realtime_priority: Int32(scheduling.realtimePriority ?? 0), niceness: Int32(scheduling.niceness))
            return unsafe parley_thread_start(
                &thread, options, { unsafe Unmanaged<Body>.fromOpaque($0).takeRetainedValue().run() }, context)
        }
        guard code == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(context).release()
            throw .exhausted("a thread", -code)
        }
        warnings = [
            ("run on processor \(scheduling.processor ?? 0) alone", thread.processor_error),
            ("have real-time priority \(scheduling.realtimePriority ?? 0)", thread.realtime_error),
            ("have niceness \(scheduling.niceness)", thread.niceness_error),
        ].filter { $0.1 != 0 }.map {
            "thread \(name) cannot \($0.0): \(MediaPlaneError.words($0.1)); it runs as the system likes"
        }
        self.thread = Mutex(thread)
    }

    /// Waits for its end. Whoever comes second does too.
    package func join() {
        thread.withLock { thread in
            guard var running = thread else { return }
            unsafe parley_thread_join(&running)
            thread = nil
        }
    }

    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}
