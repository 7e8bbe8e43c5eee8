import LiveRoom
import Synchronization

/// The thread that takes what shards have to tell and hands it on, and looks once a second at what the host takes away.
final class EventDelivery: Sendable {
    /// Events of one shard before the next one has its turn.
    private static let maximumInARow = 256
    private static let interval: Int64 = 1_000_000_000

    private let isStopping: Stop
    private let wake: WakeEvent
    private let thread: WorkerThread

    private final class Stop: Sendable {
        let isWanted = Atomic(false)
    }

    private final class PollerBox: @unchecked Sendable {
        var poller: Poller?

        init(_ poller: consuming Poller) { self.poller = consume poller }
    }

    init(
        _ outboxes: [ShardOutbox], wake: WakeEvent, steal: StealMeter,
        _ deliver: @escaping @Sendable (Int, MediaPlaneEvent) -> Void
    ) throws(MediaPlaneError) {
        let stop = Stop()
        let box = PollerBox(try Poller(event: wake))
        thread = try WorkerThread(name: "parley-events", scheduling: ThreadScheduling()) {
            guard var poller = box.poller.take() else { return }
            var sampleAt = PlaneClock.now + Self.interval
            var isLast = false
            while !isLast {
                poller.wait(until: sampleAt)
                wake.clear()
                isLast = stop.isWanted.load(ordering: .acquiring)
                while Self.takeTurns(outboxes, deliver) {}
                if PlaneClock.now >= sampleAt {
                    steal.sample()
                    sampleAt = PlaneClock.now + Self.interval
                }
            }
        }
        isStopping = stop
        self.wake = wake
    }

    deinit { stop() }

    /// Delivers what there is, and returns when the thread has ended.
    func stop() {
        isStopping.isWanted.store(true, ordering: .releasing)
        wake.signal()
        thread.join()
    }

    /// - Returns: whether there may be more.
    private static func takeTurns(
        _ outboxes: [ShardOutbox], _ deliver: (Int, MediaPlaneEvent) -> Void
    ) -> Bool {
        var isMore = false
        for (index, outbox) in outboxes.enumerated() {
            var taken = 0
            while taken < maximumInARow, let event = outbox.takeEvent() {
                deliver(index, .shard(event))
                taken += 1
            }
            isMore = isMore || taken == maximumInARow
            while let health = outbox.takeHealth() { deliver(index, .health(health)) }
        }
        return isMore
    }
}
