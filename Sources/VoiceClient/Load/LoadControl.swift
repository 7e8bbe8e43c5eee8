import Foundation
import MediaCore
import NIOCore
import NIOPosix
import PacketCapture
import Synchronization

/// Lets the clients of a load join, leave and come back: through the instance's API, and each through its WebSocket.
/// Has a thread of its own, because it waits for answers.
final class LoadControl: Sendable {
    /// Clients that come from one address of the loopback network: servers limit how many that may be.
    private static let clientsPerAddress = 200
    private static let rejoinAfter: Int64 = 1_000_000_000

    private struct Progress {
        var joined: Set<Int> = []
        var refused: Set<Int> = []
        var rejoins = 0
        var problem: String?
        var isDone = false
        /// Who has left at least once.
        var restless: Set<Int> = []
        var connections: [Int: GatewayConnection] = [:]
        var revisions: [Int: Int] = [:]
    }

    private let request: LoadRequest
    private let plan: LoadPlan
    private let addresses: [Endpoint]
    private let mailbox: LoadMailbox
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let progress = Mutex(Progress())
    private let isStopping = Atomic(false)
    private let members: [[LoadClient]]
    private let epoch = Int(Date().timeIntervalSince1970)

    init(_ request: LoadRequest, _ plan: LoadPlan, addresses: [Endpoint], _ mailbox: LoadMailbox) {
        self.request = request
        self.plan = plan
        self.addresses = addresses
        self.mailbox = mailbox
        var members: [[LoadClient]] = Array(repeating: [], count: plan.rooms)
        for client in plan.clients { members[client.room].append(client) }
        self.members = members
    }

    // MARK: - What is known

    var joined: Int { progress.withLock { $0.joined.count } }
    var refused: Int { progress.withLock { $0.refused.count } }
    var rejoins: Int { progress.withLock { $0.rejoins } }
    var problem: String? { progress.withLock { $0.problem } }
    var restless: Set<Int> { progress.withLock { $0.restless } }
    /// Whether everybody has joined or will not.
    var isSettled: Bool {
        progress.withLock { $0.problem != nil || $0.joined.count + $0.refused.count >= plan.clients.count }
    }

    // MARK: - The thread

    func start() { Thread.detachNewThread { [self] in run() } }

    /// Lets everybody leave; returns when that is done.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        while !progress.withLock({ $0.isDone }) { MonotonicClock.sleep(until: MonotonicClock.now + 5_000_000) }
        try? group.syncShutdownGracefully()
    }

    private func run() {
        do {
            try joinAll()
            try churn()
        } catch {
            progress.withLock { $0.problem = "\(error)" }
        }
        leaveAll()
        progress.withLock { $0.isDone = true }
    }

    private func joinAll() throws {
        if case .peers = request.route {
            for client in plan.clients {
                if let endpoint = client.destination { mailbox.post(.placed(client: client.number, endpoint)) }
            }
            progress.withLock { $0.joined = Set(plan.clients.map(\.number)) }
            return
        }
        let shards = try media()
        let start = MonotonicClock.now
        for room in members.indices where !isStopping.load(ordering: .relaxed) {
            MonotonicClock.sleep(until: start + request.ramp.nanoseconds * Int64(room) / Int64(members.count))
            try push(room, without: nil)
            try place(members[room], room, shards, at: start)
        }
    }

    /// Lets the members of a room that was pushed in.
    private func place(_ clients: [LoadClient], _ room: Int, _ shards: [Endpoint], at start: Int64) throws {
        switch request.route {
        case .plain:
            let endpoint = try shard(of: room, shards)
            for client in clients { mailbox.post(.placed(client: client.number, endpoint)) }
            progress.withLock { $0.joined.formUnion(clients.map(\.number)) }
        case .gateway(let address, let trust, _):
            let part = request.ramp.nanoseconds / Int64(max(plan.clients.count, 1))
            for client in clients {
                MonotonicClock.sleep(until: start + part * Int64(client.number))
                try connect(client, address, trust)
            }
        case .peers: break
        }
    }

    private func churn() throws {
        let choice = plan.clients.filter { $0.role == .listener }
        let interval = request.churn > 0 ? Int64(1e9 / request.churn) : Int64.max
        var random = SystemRandomNumberGenerator()
        var due = MonotonicClock.now
        var away: [(client: LoadClient, back: Int64)] = []
        while !isStopping.load(ordering: .relaxed) {
            MonotonicClock.sleep(until: MonotonicClock.now + 5_000_000)
            let now = MonotonicClock.now
            while let first = away.first, first.back <= now {
                try comeBack(first.client)
                away.removeFirst()
            }
            guard request.churn > 0, isSettled, due <= now, let client = choice.randomElement(using: &random),
                !away.contains(where: { $0.client.number == client.number })
            else { continue }
            due = max(due + interval, now - interval)
            try leave(client)
            away.append((client, now + Self.rejoinAfter))
        }
    }

    private func leave(_ client: LoadClient) throws {
        progress.withLock { _ = $0.restless.insert(client.number) }
        mailbox.post(.left(client: client.number))
        if case .gateway = request.route {
            progress.withLock { $0.connections.removeValue(forKey: client.number) }?.leave()
        } else {
            try push(client.room, without: client.number)
        }
    }

    private func comeBack(_ client: LoadClient) throws {
        progress.withLock { $0.rejoins += 1 }
        switch request.route {
        case .gateway(let address, let trust, _): try connect(client, address, trust)
        case .plain:
            try push(client.room, without: nil)
            mailbox.post(.placed(client: client.number, try shard(of: client.room, try media())))
        case .peers: break
        }
    }

    private func leaveAll() {
        for connection in progress.withLock({ $0.connections.values.map(\.self) }) { connection.leave() }
        guard let client = api else { return }
        for room in members.indices where progress.withLock({ $0.revisions[room] != nil }) {
            let guild = guild(room)
            _ = try? client.delete("\(guild.path)?epoch=\(guild.epoch)").wait()
        }
    }

    // MARK: - The API

    private var api: APIClient? {
        switch request.route {
        case .gateway(_, _, let api), .plain(let api, _): APIClient(api: api, loop: group.next())
        case .peers: nil
        }
    }

    private func guild(_ room: Int) -> LoadGuild {
        LoadGuild(room: room, pipeline: request.pipeline, epoch: epoch)
    }

    private func push(_ room: Int, without left: Int?) throws {
        let revision = progress.withLock { progress in
            let next = (progress.revisions[room] ?? 0) + 1
            progress.revisions[room] = next
            return next
        }
        let isPlain = if case .plain = request.route { true } else { false }
        let there = members[room].filter { $0.number != left }
        let body = guild(room).json(there, addresses: addresses, isPlain: isPlain, revision: revision)
        let answer = try ask { $0.put(guild(room).path, body) }
        guard (200..<300).contains(answer.status) else {
            throw CallError(.unavailable, "the API refused a guild: \(answer.status) \(answer.body.prefix(300))")
        }
    }

    private struct Instance: Decodable {
        struct Shard: Decodable { let endpoint: String }
        let shards: [Shard]
    }

    /// Where each shard takes media.
    private func media() throws -> [Endpoint] {
        let answer = try ask { $0.get("/v1/instance") }
        let instance = try decode(Instance.self, answer)
        return try instance.shards.map { shard in
            guard let (host, port) = GatewayAddress.split(shard.endpoint), let endpoint = Endpoint(host, port) else {
                throw CallError(.unavailable, "the API names no address of media: '\(shard.endpoint)'")
            }
            return endpoint
        }
    }

    private struct Rooms: Decodable {
        struct Room: Decodable { let shard: Int }
        let rooms: [Room]
    }

    private func shard(of room: Int, _ shards: [Endpoint]) throws -> Endpoint {
        let answer = try ask { $0.get("/v1/rooms?guild_id=\(guild(room).identifier)") }
        guard let found = try decode(Rooms.self, answer).rooms.first, shards.indices.contains(found.shard) else {
            throw CallError(.unavailable, "the API does not know a room that it was just given")
        }
        return shards[found.shard]
    }

    private func ask(_ body: (APIClient) -> EventLoopFuture<APIClient.Answer>) throws -> APIClient.Answer {
        guard let api else { throw CallError(.request, "there is no API to ask; give --api") }
        return try body(api).wait()
    }

    private func decode<Content: Decodable>(_ type: Content.Type, _ answer: APIClient.Answer) throws -> Content {
        guard answer.status == 200 else {
            throw CallError(.unavailable, "the API answers \(answer.status) \(answer.body.prefix(300))")
        }
        do { return try JSONDecoder().decode(type, from: Data(answer.body.utf8)) } catch {
            throw CallError(.unavailable, "the API answers what is not expected: \(answer.body.prefix(200))")
        }
    }

    // MARK: - The gateway

    private func connect(_ client: LoadClient, _ address: GatewayAddress, _ trust: CallRequest.Trust) throws {
        let guild = guild(client.room)
        let identity = VoiceIdentity(
            guild: guild.identifier, user: client.identifier, session: client.session, token: client.token)
        let holder = ConnectionHolder()
        let delegate = GatewayConnection.Delegate(
            event: { [self] event in handle(event, client, holder) },
            discover: { [mailbox] ssrc, address, port in
                guard let endpoint = Endpoint(address, Int(port)), let connection = holder.connection else { return }
                mailbox.post(.discover(client: client.number, ssrc: ssrc, endpoint, answer: connection))
            })
        let socket: WebSocketClient
        do { socket = try WebSocketClient(address, trust: trust) } catch {
            throw CallError(.request, "TLS cannot be set up: \(error)")
        }
        let connection = GatewayConnection(
            identity, socket, from: try localAddress(client, address), on: group.next(), delegate)
        holder.connection = connection
        progress.withLock { $0.connections[client.number] = connection }
        connection.start()
    }

    private func handle(_ event: VoiceEvent, _ client: LoadClient, _ holder: ConnectionHolder) {
        switch event {
        case .joined(let media):
            mailbox.post(.joined(client: client.number, media))
            if client.isSender { holder.connection?.speak(.microphone) }
            progress.withLock { _ = $0.joined.insert(client.number) }
        case .ended(let error):
            holder.connection = nil
            guard error != nil else { return }
            progress.withLock { progress in
                progress.refused.insert(client.number)
                progress.joined.remove(client.number)
            }
            mailbox.post(.left(client: client.number))
        default: break
        }
    }

    /// A connection that its own delegate speaks of.
    private final class ConnectionHolder: Sendable {
        private let value = Mutex<GatewayConnection?>(nil)

        var connection: GatewayConnection? {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    /// On the loopback network every address is this machine's.
    private func localAddress(_ client: LoadClient, _ address: GatewayAddress) throws -> SocketAddress? {
        guard address.host.hasPrefix("127.") || address.host == "localhost" else { return nil }
        let block = client.number / Self.clientsPerAddress + 2
        return try SocketAddress(ipAddress: "127.0.\(block / 250).\(block % 250 + 1)", port: 0)
    }
}

extension Endpoint {
    /// An IPv4 address in digits.
    init?(_ host: String, _ port: Int) {
        let parts = (host == "localhost" ? "127.0.0.1" : host).split(separator: ".").compactMap { UInt8($0) }
        guard parts.count == 4, let port = UInt16(exactly: port) else { return nil }
        self.init(ipv4: parts.reduce(0) { $0 << 8 | UInt32($1) }, port: port)
    }
}
