import CDatagrams
import Synchronization

/// Wakes a thread that waits for it. However often it is signalled before that thread looks, it costs one system call.
package final class WakeEvent: Sendable {
    package let descriptor: Int32
    private let isSignalled = Atomic(false)

    package init() throws(MediaPlaneError) {
        descriptor = parley_event_open()
        guard descriptor >= 0 else { throw .exhausted("an eventfd", -descriptor) }
    }

    deinit { parley_socket_close(descriptor) }

    /// To be called after what the other thread is to see has been written.
    package func signal() {
        if !isSignalled.exchange(true, ordering: .acquiringAndReleasing) { parley_event_signal(descriptor) }
    }

    /// To be called by the thread that was woken, before it looks. A signal that comes in between wakes it once more.
    package func clear() {
        guard isSignalled.load(ordering: .acquiring) else { return }
        parley_event_clear(descriptor)
        _ = isSignalled.exchange(false, ordering: .acquiringAndReleasing)
    }
}
