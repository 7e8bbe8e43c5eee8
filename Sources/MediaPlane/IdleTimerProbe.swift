import CDatagrams
import Synchronization

/// What an otherwise idle thread sees of timers on this machine, measured as the shards' lateness is: the part of that
/// which is the machine's.
public final class IdleTimerProbe: Sendable {
    private let shared: Shared
    private let thread: WorkerThread

    private final class Shared: Sendable {
        let isStopping = Atomic(false)
        let lateness = Mutex(DurationHistogram())
    }

    /// - Parameter interval: from deadline to deadline.
    public init(
        interval: Duration = .milliseconds(20), scheduling: ThreadScheduling = ThreadScheduling()
    ) throws(MediaPlaneError) {
        let shared = Shared()
        let box = PollerBox(try Poller())
        let step = max(Int64(interval / .nanoseconds(1)), 1)
        thread = try WorkerThread(name: "parley-idle", scheduling: scheduling) {
            guard var poller = box.poller.take() else { return }
            Self.run(&poller, step, shared)
        }
        self.shared = shared
    }

    deinit { stop() }

    /// So far.
    public var lateness: DurationHistogram { shared.lateness.withLock { $0 } }

    public func stop() {
        shared.isStopping.store(true, ordering: .relaxed)
        thread.join()
    }

    private static func run(_ poller: inout Poller, _ step: Int64, _ shared: Shared) {
        var deadline = PlaneClock.now + step
        while !shared.isStopping.load(ordering: .relaxed) {
            poller.wait(until: deadline)
            let late = PlaneClock.now - deadline
            shared.lateness.withLock { $0.record(nanoseconds: late) }
            deadline += step
        }
    }

    private final class PollerBox: @unchecked Sendable {
        var poller: Poller?

        init(_ poller: consuming Poller) { self.poller = consume poller }
    }
}
