import NIOCore
import Synchronization

/// How the media plane's thread reaches the event loop, from before the loop has anything to be reached.
final class LoopHook: Sendable {
    private let eventLoop: any EventLoop
    private let loop = Mutex<NIOLoopBound<InstanceLoop>?>(nil)

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// On the event loop.
    func set(_ instance: InstanceLoop) {
        let bound = NIOLoopBound(instance, eventLoop: eventLoop)
        loop.withLock { $0 = bound }
        schedule()
    }

    /// Has the loop take what waits; before `set` it is taken by that.
    func schedule() {
        guard let bound = loop.withLock({ $0 }) else { return }
        eventLoop.execute { bound.value.takeEvents() }
    }
}
