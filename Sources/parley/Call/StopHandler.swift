import Dispatch
import Glibc
import Synchronization

/// Ctrl-C and `kill` end what runs in order; the second time at once.
enum StopHandler {
    /// They live as long as the process.
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

    static func install(_ stop: @escaping @Sendable () -> Void) {
        let count = Counter()
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if count.next() > 1 { _exit(ExitStatus.interrupted.rawValue) }
                stop()
            }
            source.resume()
            unsafe sources.append(source)
        }
    }

    private final class Counter: Sendable {
        private let value = Atomic(0)

        func next() -> Int { value.add(1, ordering: .relaxed).newValue }
    }
}
