package import LiveRoom

/// What a shard's thread has to tell, until somebody takes it. One thread takes.
package final class ShardOutbox: Sendable {
    /// Healths that wait at most: a reader that is that many seconds late gets the older ones.
    static let maximumHealths = 4

    let events: Ring<ShardEvent>
    let healths = Ring<ShardHealth>(capacity: maximumHealths)
    let wake: WakeEvent

    /// - Parameter wake: is signalled when there is something to take.
    package init(maximumEvents: Int, wake: WakeEvent) {
        events = Ring(capacity: maximumEvents)
        self.wake = wake
    }

    package func takeEvent() -> ShardEvent? { events.pop() }
    package func takeHealth() -> ShardHealth? { healths.pop() }
}
