import Dispatch
import Logging
import MediaPlane
import NIOCore
import NIOPosix
import Synchronization

/// What a running server consists of, and how it ends.
final class ServerParts: Sendable {
    private let eventLoop: any EventLoop
    private let bound: NIOLoopBound<(loop: InstanceLoop, gateway: GatewayListener, api: APIListener)>
    private let group: MultiThreadedEventLoopGroup
    private let logging: LineLog.Settings?
    private let stopped = Mutex<EventLoopFuture<Void>?>(nil)

    /// How long clients have to take their close frames.
    private static let patience = TimeAmount.seconds(3)
    private static let pause = TimeAmount.milliseconds(10)

    init(
        loop: InstanceLoop, gateway: GatewayListener, api: APIListener, group: MultiThreadedEventLoopGroup,
        logging: LineLog.Settings?
    ) {
        eventLoop = loop.eventLoop
        bound = NIOLoopBound((loop, gateway, api), eventLoop: eventLoop)
        self.group = group
        self.logging = logging
    }

    /// Ends everything, once; whoever asks again gets the same future.
    func stop() -> EventLoopFuture<Void> {
        stopped.withLock { stopped in
            if let stopped { return stopped }
            // The future must outlive the group whose loops would complete it.
            let done = MultiThreadedEventLoopGroup.singleton.next().makePromise(of: Void.self)
            stopped = done.futureResult
            stop(done)
            return done.futureResult
        }
    }

    private func stop(_ done: EventLoopPromise<Void>) {
        let (eventLoop, bound, group) = (self.eventLoop, self.bound, self.group)
        eventLoop.execute {
            let (loop, gateway, _) = bound.value
            gateway.stop()
            loop.stop()
            let deadline = NIODeadline.now() + Self.patience
            Self.whenEmpty(bound, eventLoop, deadline) {
                let (loop, _, api) = bound.value
                loop.cutOffAll()
                api.stop()
                let plane = loop.plane
                // Ending threads takes a moment, in which the loop still delivers what they tell.
                DispatchQueue.global().async {
                    plane.stop()
                    group.shutdownGracefully { _ in done.succeed() }
                }
            }
        }
    }

    private static func whenEmpty(
        _ bound: NIOLoopBound<(loop: InstanceLoop, gateway: GatewayListener, api: APIListener)>,
        _ eventLoop: any EventLoop, _ deadline: NIODeadline, _ then: @escaping @Sendable () -> Void
    ) {
        guard bound.value.loop.connectionCount > 0, NIODeadline.now() < deadline else { return then() }
        eventLoop.scheduleTask(in: pause) { whenEmpty(bound, eventLoop, deadline, then) }
    }

    func reload(_ configuration: ServerConfiguration) -> [String] {
        let (bound, logging) = (self.bound, self.logging)
        let result = eventLoop.submit { () -> [String] in
            let (loop, gateway, _) = bound.value
            return ServerReload(loop: loop, gateway: gateway, logging: logging).apply(configuration)
        }
        return (try? result.wait()) ?? ["the server has stopped"]
    }
}
