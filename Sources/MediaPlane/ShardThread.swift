public import LiveRoom
public import PacketCapture
import Synchronization

/// A thread with a shard and its socket. Everything that reaches the shard goes through it: packets through the socket,
/// commands through a mailbox.
public final class ShardThread: Sendable {
    /// Where it listens.
    public let endpoint: Endpoint
    /// What the system did not give as it was asked: one line each, with what to do.
    public let warnings: [String]
    package let outbox: ShardOutbox
    private let mailbox: Mailbox<PostedCommand>
    private let control: Control
    private let thread: WorkerThread

    /// What the thread looks at between two turns.
    private final class Control: Sendable {
        let isStopping = Atomic(false)
    }

    /// What is made where errors can be thrown, and then belongs to the thread.
    private struct Parts: ~Copyable {
        var socket: DatagramSocket
        var incoming: IncomingDatagrams
        var poller: Poller
    }

    private final class Box: @unchecked Sendable {
        var parts: Parts?

        init(_ parts: consuming Parts) { self.parts = consume parts }
    }

    /// Starts the thread.
    /// - Parameters:
    ///   - index: of the shard, for its name and its health.
    ///   - wake: is signalled when the outbox has something.
    package convenience init(
        index: Int, configuration: ShardThreadConfiguration, wake: WakeEvent, tap: (any ShardTap)? = nil
    ) throws(MediaPlaneError) {
        try self.init(index: index, configuration: configuration, wake: wake, steal: nil, tap: tap) {
            Shard(configuration.shard)
        }
    }

    /// - Parameter makeCore: is called on the thread.
    package init<Core: ShardCore & ~Copyable>(
        index: Int, configuration: ShardThreadConfiguration, wake: WakeEvent, steal: StealMeter? = nil,
        tap: (any ShardTap)? = nil, makeCore: @escaping @Sendable () -> Core
    ) throws(MediaPlaneError) {
        let socket = try DatagramSocket(
            bind: configuration.endpoint, receiveBuffer: configuration.receiveBuffer,
            sendBuffer: configuration.sendBuffer,
            differentiatedServices: configuration.differentiatedServices)
        let mailbox = Mailbox<PostedCommand>(capacity: configuration.maximumCommands, wake: try WakeEvent())
        let outbox = ShardOutbox(maximumEvents: configuration.maximumEvents, wake: wake)
        let poller = try Poller(event: mailbox.wake, socket: socket.descriptor)
        let control = Control()
        endpoint = socket.localEndpoint
        tap?.begins(configuration.shard, at: socket.localEndpoint)
        let shortages = socket.shortages.map(\.description)
        let box = Box(Parts(socket: socket, incoming: try IncomingDatagrams(), poller: poller))
        thread = try WorkerThread(name: "parley-shard-\(index)", scheduling: configuration.scheduling) {
            guard let parts = box.parts.take() else { return }
            Self.run(parts, control) { socket, incoming in
                ShardDriver(
                    makeCore(), socket: socket, incoming: incoming, configuration: configuration, index: index,
                    mailbox: mailbox, outbox: outbox, steal: steal, tap: tap)
            }
        }
        warnings = shortages + thread.warnings
        self.mailbox = mailbox
        self.outbox = outbox
        self.control = control
    }

    deinit { stop() }

    /// From any thread.
    public func post(_ command: ShardCommand) -> PostOutcome {
        mailbox.post(PostedCommand(command: command, time: PlaneClock.now))
    }

    /// Takes no more commands, carries out those that wait, and returns when the thread has ended.
    public func stop() {
        mailbox.close()
        control.isStopping.store(true, ordering: .releasing)
        mailbox.wake.signal()
        thread.join()
    }

    private static func run<Core: ShardCore & ~Copyable>(
        _ parts: consuming Parts, _ control: Control,
        makeDriver: (consuming DatagramSocket, consuming IncomingDatagrams) -> ShardDriver<Core>
    ) {
        var poller = parts.poller
        var driver = makeDriver(parts.socket, parts.incoming)
        while !control.isStopping.load(ordering: .acquiring) { driver.turn(&poller) }
        driver.finish()
    }
}
