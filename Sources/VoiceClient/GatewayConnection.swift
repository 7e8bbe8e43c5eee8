import MediaCore
package import NIOCore
import Synchronization

/// Drives a `VoiceSession` with a WebSocket and a clock. Everything happens on one event loop; what it has to say is
/// said there, too.
package final class GatewayConnection: Sendable {
    /// What the owner is told and asked.
    package struct Delegate: Sendable {
        package var event: @Sendable (VoiceEvent) -> Void
        /// Asks the server for the own address, from the media socket; then `discovered`.
        package var discover: @Sendable (_ ssrc: UInt32, _ address: String, _ port: UInt16) -> Void

        package init(
            event: @escaping @Sendable (VoiceEvent) -> Void,
            discover: @escaping @Sendable (_ ssrc: UInt32, _ address: String, _ port: UInt16) -> Void
        ) {
            self.event = event
            self.discover = discover
        }
    }

    private struct Life {
        var session: VoiceSession
        var channel: (any Channel)?
        /// Of the connection: what an older one still says is not listened to.
        var generation = 0
        var timer: Scheduled<Void>?
    }

    private let life: Mutex<Life>
    private let client: WebSocketClient
    private let loop: any EventLoop
    private let delegate: Delegate
    private let local: SocketAddress?

    /// - Parameter local: the address to come from; nil for what the system takes.
    package init(
        _ identity: VoiceIdentity, _ client: WebSocketClient, from local: SocketAddress? = nil, on loop: any EventLoop,
        _ delegate: Delegate
    ) {
        self.local = local
        life = Mutex(Life(session: VoiceSession(identity)))
        self.client = client
        self.loop = loop
        self.delegate = delegate
    }

    package var roundTrip: Duration? { life.withLock { $0.session.roundTrip } }

    package func start() { act { session, now in session.start(at: now) } }

    package func speak(_ flags: SpeakingFlags) { act { session, _ in session.speak(flags) } }

    package func leave() { act { session, _ in session.leave() } }

    package func discovered(address: String, port: UInt16) {
        act { session, now in session.discovered(address: address, port: port, at: now) }
    }

    /// Cuts the connection as a broken network would, to see it come back.
    package func cut() {
        loop.execute { [self] in life.withLock { $0.channel }?.close(promise: nil) }
    }

    // MARK: - Inside

    /// Changes the session and does what follows from it.
    private func act(_ body: @escaping @Sendable (inout VoiceSession, Int64) -> Void) {
        loop.execute { [self] in
            life.withLock { life in body(&life.session, Self.now) }
            perform()
        }
    }

    private func perform() {
        while let action = life.withLock({ $0.session.nextAction() }) { carryOut(action) }
        schedule()
    }

    private func carryOut(_ action: VoiceSession.Action) {
        switch action {
        case .connect: connect()
        case .send(let text):
            if let channel = life.withLock({ $0.channel }) { WebSocketClient.send(text, on: channel) }
        case .close(let code):
            let channel = life.withLock { life in
                life.generation += 1
                defer { life.channel = nil }
                return life.channel
            }
            if let channel { WebSocketClient.close(channel, code: code) }
        case .discover(let ssrc, let address, let port): delegate.discover(ssrc, address, port)
        case .tell(let event): delegate.event(event)
        }
    }

    private func connect() {
        let generation = life.withLock { life in
            life.generation += 1
            return life.generation
        }
        let version = life.withLock { $0.session.identity.version }
        let observer = WebSocketClient.Observer(
            opened: { [self] channel in
                guard isCurrent(generation) else { return channel.close(promise: nil) }
                life.withLock { life in
                    life.channel = channel
                    life.session.opened(at: Self.now)
                }
                perform()
            },
            received: { [self] text in
                guard isCurrent(generation) else { return }
                life.withLock { $0.session.received(text, at: Self.now) }
                perform()
            },
            closed: { [self] code in
                guard isCurrent(generation) else { return }
                life.withLock { life in
                    life.channel = nil
                    life.generation += 1
                    life.session.closed(code: code, at: Self.now)
                }
                perform()
            })
        client.open(query: "?v=\(version)", from: local, on: loop, observer)
    }

    private func isCurrent(_ generation: Int) -> Bool { life.withLock { $0.generation == generation } }

    private func schedule() {
        let deadline = life.withLock { life in
            life.timer?.cancel()
            life.timer = nil
            return life.session.nextDeadline
        }
        guard let deadline else { return }
        let timer = loop.scheduleTask(in: .nanoseconds(max(deadline - Self.now, 0))) { [self] in
            life.withLock { $0.session.advance(to: Self.now) }
            perform()
        }
        life.withLock { $0.timer = timer }
    }

    private static var now: Int64 { MonotonicClock.now }
}
