import LiveRoom
import MediaPlane
import NIOCore
import Synchronization

/// Brings what shards tell from the media plane's thread to the event loop, many at a time.
final class EventInbox: Sendable {
    private struct Waiting: Sendable {
        var events: [(shard: Int, event: MediaPlaneEvent)] = []
        var isScheduled = false
    }

    /// Events that wait at most. The loop takes all at once, so this many mean that it has stood still for seconds.
    private static let capacity = 1 << 18

    private let waiting = Mutex(Waiting())
    /// How many were lost.
    let lost = Atomic(0)

    /// From the media plane's thread.
    /// - Parameter schedule: has the event loop call `take`.
    func put(_ shard: Int, _ event: MediaPlaneEvent, schedule: () -> Void) {
        let isFirst = waiting.withLock { waiting in
            guard waiting.events.count < Self.capacity else {
                lost.add(1, ordering: .relaxed)
                return false
            }
            waiting.events.append((shard, event))
            defer { waiting.isScheduled = true }
            return !waiting.isScheduled
        }
        if isFirst { schedule() }
    }

    /// On the event loop.
    func take() -> [(shard: Int, event: MediaPlaneEvent)] {
        waiting.withLock { waiting in
            defer { waiting = Waiting() }
            return waiting.events
        }
    }
}
