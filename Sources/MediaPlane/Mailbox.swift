import Synchronization

/// What became of something that was posted.
public enum PostOutcome: Sendable, Hashable {
    case posted
    /// As many wait as may wait: nothing was done. Whoever posted tries again later, or gives up.
    case full
    /// Nobody reads any more: nothing was done.
    case stopped
}

/// A bounded queue from any number of threads to one, which it wakes. Only those who post ever wait for a lock.
package final class Mailbox<Element: Sendable>: Sendable {
    private let ring: Ring<Element>
    private let isOpen = Mutex(true)
    package let wake: WakeEvent

    package init(capacity: Int, wake: WakeEvent) {
        ring = Ring(capacity: capacity)
        self.wake = wake
    }

    package var capacity: Int { ring.capacity }
    package var isEmpty: Bool { ring.isEmpty }

    package func post(_ element: Element) -> PostOutcome {
        let outcome: PostOutcome = isOpen.withLock { isOpen in
            guard isOpen else { return .stopped }
            return ring.push(element) ? .posted : .full
        }
        if outcome == .posted { wake.signal() }
        return outcome
    }

    /// Takes no more; what is in it can still be taken out.
    package func close() { isOpen.withLock { $0 = false } }

    /// By the one thread that reads.
    package func take() -> Element? { ring.pop() }

    /// The oldest if it is wanted.
    package func take(if isWanted: (Element) -> Bool) -> Element? { ring.pop(if: isWanted) }
}
