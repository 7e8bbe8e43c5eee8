import LiveRoom
import Logging
import MediaPlane
import NIOCore
import NIOWebSocket
import PacketCapture
import VoiceInstance

/// Owns the instance, on one event loop: hands it what clients, shards, callers of the API and time bring, and does what
/// it says. Whatever is decided is decided in there.
final class InstanceLoop {
    let configuration: ServerConfiguration
    let eventLoop: any EventLoop
    let logger: Logger
    let shelf: PipelineShelf
    let plane: MediaPlane
    var instance: Instance
    /// The last that each shard said of itself; nil before the first.
    private(set) var healths: [ShardHealth?]
    private(set) var reports: ShardReports
    private(set) var isStopping = false
    var development: DevelopmentGuild?
    /// Added latency of those who spoke when metrics were asked for.
    var addedLatency = Histogram(bounds: [0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.045, 0.06, 0.08, 0.12, 0.2, 0.5])
    private let inbox: EventInbox
    private var connections: [ConnectionID: WebSocketConnection] = [:]
    private var backlog: [(shard: Int, command: ShardCommand)] = []
    private var timer: (deadline: Int64, task: Scheduled<Void>)?
    private var isSettling = false

    /// Commands that wait at most for shards whose mailboxes are full.
    private static let maximumBacklog = 1 << 18
    private static let backlogPause = TimeAmount.milliseconds(1)

    init(
        _ configuration: ServerConfiguration, instance: consuming Instance, plane: MediaPlane, shelf: PipelineShelf,
        inbox: EventInbox, logger: Logger, on eventLoop: any EventLoop
    ) {
        self.configuration = configuration
        self.instance = instance
        self.plane = plane
        self.shelf = shelf
        self.inbox = inbox
        self.logger = logger
        self.eventLoop = eventLoop
        healths = Array(repeating: nil, count: plane.shardCount)
        reports = ShardReports(shards: plane.shardCount)
    }

    // MARK: Shards

    func takeEvents() {
        let now = MonotonicClock.now()
        for (shard, event) in inbox.take() {
            switch event {
            case .shard(.report(let token, let report)): reports.take(report, token: token, from: shard)
            case .shard(let event):
                if case .failed(let member, let text) = event {
                    logger.warning("a shard could not serve a member", metadata: fields(of: member, text, shard))
                }
                instance.shardEvent(event, from: shard, at: now)
            case .health(let health):
                healths[shard] = health
                instance.setLoad(health.load.value, ofShard: shard)
            }
        }
        settle()
    }

    /// What is known of a shard's rooms at this moment, or was less than a second ago.
    func report(ofShard shard: Int) -> EventLoopFuture<ShardReport> {
        let (future, token) = reports.ask(shard, on: eventLoop)
        if let token {
            post(.report(token: token), to: shard)
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.assumeIsolated().scheduleTask(in: ShardReports.timeout) {
                bound.value.reports.giveUp(token, shard)
            }
        }
        return future
    }

    // MARK: What the instance wants

    /// Does all that the instance has to be done, and sets the timer. To be called after whatever has been handed in.
    func settle() {
        guard !isSettling else { return }
        isSettling = true
        while case let actions = instance.takeActions(), !actions.isEmpty {
            for action in actions { perform(action) }
        }
        isSettling = false
        setTimer()
    }

    private func perform(_ action: InstanceAction) {
        switch action {
        case .send(let connection, let text): connections[connection]?.send(text)
        case .close(let connection, let code, let reason):
            logger.debug(
                "closing a client's connection",
                metadata: ["connection": "\(connection.number)", "code": "\(code.rawValue)", "reason": "\(reason)"])
            connections[connection]?.close(WebSocketErrorCode(codeNumber: Int(code.rawValue)), reason: reason)
        case .command(let shard, let command): post(command, to: shard)
        }
    }

    /// In order, also when a mailbox is full.
    private func post(_ command: ShardCommand, to shard: Int) {
        if backlog.isEmpty, plane.post(command, to: shard) != .full { return }
        postpone(command, to: shard)
        if backlog.count == 1 { flushBacklogLater() }
    }

    private func postpone(_ command: ShardCommand, to shard: Int) {
        guard backlog.count < Self.maximumBacklog else {
            logger.critical("a shard takes no more commands; one is lost", metadata: ["shard": "\(shard)"])
            return
        }
        backlog.append((shard, command))
    }

    private func flushBacklog() {
        let done = backlog.prefix { plane.post($0.command, to: $0.shard) != .full }.count
        backlog.removeFirst(done)
        if !backlog.isEmpty { flushBacklogLater() }
    }

    private func flushBacklogLater() {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.assumeIsolated().scheduleTask(in: Self.backlogPause) { bound.value.flushBacklog() }
    }

    private func setTimer() {
        guard let deadline = instance.nextDeadline else { return }
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let delay = max(deadline - MonotonicClock.now(), 0)
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let task = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(delay)) { bound.value.timeHasCome() }
        timer = (deadline, task)
    }

    private func timeHasCome() {
        timer = nil
        instance.advance(to: MonotonicClock.now())
        settle()
    }

    // MARK: Stopping

    /// Tells everybody to go elsewhere.
    func stop() {
        isStopping = true
        instance.stop(at: MonotonicClock.now())
        settle()
        timer?.task.cancel()
    }

    var connectionCount: Int { connections.count }

    /// Closes what is still open.
    func cutOffAll() { for connection in connections.values { connection.cutOff() } }

    private func fields(of member: MemberID, _ text: String, _ shard: Int) -> Logger.Metadata {
        var result: Logger.Metadata = ["reason": "\(text)", "shard": "\(shard)"]
        if let snapshot = instance.snapshot(of: member) { result["user"] = "\(snapshot.id)" }
        return result
    }
}

extension InstanceLoop: GatewayOwner {
    func opened(_ connection: WebSocketConnection, version: String?, address: SocketAddress?) {
        let id = ConnectionID(connection.number)
        connections[id] = connection
        let endpoint = address.flatMap { MediaAddresses.endpoint($0) } ?? Endpoint(ipv4: 0, port: 0)
        logger.debug(
            "a client has connected", metadata: ["connection": "\(id.number)", "address": "\(endpoint)"])
        instance.opened(id, version: version, address: endpoint, at: MonotonicClock.now())
        settle()
    }

    func received(_ text: [UInt8], on connection: WebSocketConnection) {
        let now = MonotonicClock.now()
        if let state = development?.admit(text) {
            do throws(InstanceError) { try instance.push(state, at: now) } catch {
                logger.warning("the room for trying things out is not as asked", metadata: ["reason": "\(error)"])
            }
        }
        instance.received(text, on: ConnectionID(connection.number), at: now)
        settle()
    }

    func stalled(_ connection: WebSocketConnection) {
        logger.info("a client does not read and is cut off", metadata: ["connection": "\(connection.number)"])
        instance.stalled(ConnectionID(connection.number), at: MonotonicClock.now())
        settle()
    }

    func closed(_ connection: WebSocketConnection) {
        let id = ConnectionID(connection.number)
        guard connections.removeValue(forKey: id) != nil else { return }
        instance.closed(id, at: MonotonicClock.now())
        settle()
    }
}
