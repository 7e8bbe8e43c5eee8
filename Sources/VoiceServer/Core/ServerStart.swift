import Glibc
import LiveRoom
import Logging
import MediaPlane
import NIOCore
import NIOHTTP1
import NIOPosix
import PacketCapture
import PipelineSpec
import VoiceInstance

/// Puts a server together, on its event loop.
struct ServerStart {
    private let configuration: ServerConfiguration
    private let group: MultiThreadedEventLoopGroup
    private let loop: InstanceLoop
    private let certificate: ServerCertificate?
    private let gateway: GatewayListener
    private let logging: LineLog.Settings?
    private let media: [MediaAddress]

    init(
        _ configuration: ServerConfiguration, logger: Logger, logging: LineLog.Settings?, registry: StageRegistry,
        tap: (Int) -> (any ShardTap)?, group: MultiThreadedEventLoopGroup, eventLoop: any EventLoop
    ) throws {
        let shelf = PipelineShelf(registry: registry)
        try shelf.load(configuration)
        certificate = try ServerCertificate.load(configuration.gateway)
        let inbox = EventInbox()
        let hook = LoopHook(eventLoop)
        let plane = try MediaPlane(try Self.planeConfiguration(configuration), tap: tap) { shard, event in
            inbox.put(shard, event) { hook.schedule() }
        }
        do {
            media = plane.endpoints.map { endpoint in
                MediaAddress(
                    ip: configuration.media.advertise ?? MediaAddresses.advertised(endpoint), port: endpoint.port)
            }
            let instance = Instance(
                InstanceConfiguration(configuration), shards: media, pipelines: shelf.catalog)
            loop = InstanceLoop(
                configuration, instance: instance, plane: plane, shelf: shelf, inbox: inbox, logger: logger,
                on: eventLoop)
            hook.set(loop)
            gateway = GatewayListener(
                limits: GatewayLimits(configuration.gateway), tls: certificate?.context, owner: loop, on: eventLoop)
            gateway.fingerprint = certificate?.fingerprint
            try loop.openStaticGuilds()
        } catch {
            plane.stop()
            throw error
        }
        self.configuration = configuration
        self.group = group
        self.logging = logging
    }

    /// Opens the sockets; the server serves when the future is done.
    func listen() -> EventLoopFuture<VoiceServer> {
        let eventLoop = loop.eventLoop
        let holder = APIHolder()
        let api = APIListener(
            maximumBody: configuration.api.maximumBody, maximumConnections: configuration.api.maximumConnections,
            on: eventLoop
        ) { request in
            holder.service?.respond(to: request)
                ?? eventLoop.makeFailedFuture(APIError(.serviceUnavailable, "starting", "this instance is starting"))
        }
        let bound = NIOLoopBound((self, api, holder), eventLoop: eventLoop)
        let plane = loop.plane
        let opened = Self.open(
            gateway.start(group, at: configuration.gateway.listen), configuration.gateway.listen, "gateway"
        )
        .flatMap { address in
            let (start, api, _) = bound.value
            let listen = start.configuration.api.listen
            return Self.open(api.start(start.group, at: listen), listen, "api").map { (address, $0) }
        }
        .map { addresses in
            let (start, api, holder) = bound.value
            return start.finish(gatewayAddress: addresses.0, apiAddress: addresses.1, api, holder)
        }
        opened.whenFailure { _ in plane.stop() }
        return opened
    }

    private static func open(
        _ future: EventLoopFuture<ServerAddress>, _ address: ServerAddress, _ section: String
    ) -> EventLoopFuture<ServerAddress> {
        future.flatMapErrorThrowing { error in
            throw ServerError(.listen, "cannot listen on \(address) (\(section).listen): \(error)")
        }
    }

    private func finish(
        gatewayAddress: ServerAddress, apiAddress: ServerAddress, _ api: APIListener, _ holder: APIHolder
    ) -> VoiceServer {
        let endpoint = configuration.gateway.endpoint ?? Self.endpoint(gatewayAddress)
        let addresses = media.map { Self.text($0) }
        var now = timespec()
        unsafe _ = clock_gettime(CLOCK_REALTIME, &now)
        let facts = InstanceFacts(
            version: VoiceServer.version, gateway: endpoint, media: addresses, started: MonotonicClock.now(),
            startTime: Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9)
        holder.service = APIService(loop, facts: facts, gateway: gateway, secret: configuration.api.secret)
        let scheme = certificate == nil ? "ws" : "wss"
        var warnings = loop.plane.warnings
        if certificate == nil && !gatewayAddress.isLoopback {
            warnings.append("the gateway has no TLS: tokens and keys cross the network in the clear; see gateway.tls")
        }
        let summary = StartSummary(
            gateway: "\(scheme)://\(endpoint)", api: "http://\(apiAddress)", media: addresses,
            pipelines: loop.shelf.names, fingerprint: certificate?.fingerprint,
            developmentCertificate: certificate?.developmentFile, warnings: warnings)
        let parts = ServerParts(loop: loop, gateway: gateway, api: api, group: group, logging: logging)
        return VoiceServer(parts, gateway: gatewayAddress, api: apiAddress, summary: summary)
    }

    private static func text(_ address: MediaAddress) -> String {
        address.ip.contains(":") ? "[\(address.ip)]:\(address.port)" : "\(address.ip):\(address.port)"
    }

    /// What clients reach the gateway by, where nothing is said: a name for an address that takes all.
    private static func endpoint(_ address: ServerAddress) -> String {
        let isAny = ["0.0.0.0", "::"].contains(address.host)
        return "\(ServerAddress(host: isAny ? HostName.current : address.host, port: address.port))"
    }

    private static func planeConfiguration(_ configuration: ServerConfiguration) throws -> MediaPlaneConfiguration {
        let media = configuration.media
        let endpoint = try MediaAddresses.endpoint(media.listen, port: media.ports.lowerBound)
        var result = MediaPlaneConfiguration(endpoint: endpoint)
        if let shards = media.shards { result.shards = shards }
        // Cores may be more than ports: the ports decide.
        if media.ports != 0...0 { result.shards = min(result.shards, media.ports.count) }
        result.thread.receiveBuffer = media.receiveBuffer
        result.thread.sendBuffer = media.sendBuffer
        result.thread.differentiatedServices = UInt8(truncatingIfNeeded: media.dscp)
        result.thread.scheduling.realtimePriority = media.realtime
        result.thread.shard.maximumMembers = configuration.shardMembers
        result.thread.shard.maximumRooms = configuration.shardRooms
        result.thread.shard.clockOffset = PlaneClock.realOffset
        return result
    }
}

/// Answers of the API can begin before the last of its parts is there.
private final class APIHolder {
    var service: APIService?
}

extension InstanceConfiguration {
    init(_ configuration: ServerConfiguration) {
        self.init()
        let gateway = configuration.gateway
        heartbeatInterval = gateway.heartbeat.inNanoseconds
        heartbeatTimeout = heartbeatInterval * 3 / 2
        identifyTimeout = gateway.identifyTimeout.inNanoseconds
        resumeWindow = gateway.resumeWindow.inNanoseconds
        allowsPlainRTP = configuration.allowsPlainRTP
        maximumLoad = configuration.admissionLoad
        limits.connections = gateway.maximumConnections
        limits.messageBytes = gateway.maximumMessage
        limits.unsentBytes = gateway.maximumUnsent
        limits.stateBytes = configuration.api.maximumBody
        limits.rooms = configuration.shardRooms
        limits.members = configuration.shardMembers
    }
}

extension GatewayLimits {
    init(_ gateway: ServerConfiguration.Gateway) {
        self.init()
        maximumConnections = gateway.maximumConnections
        acceptsPerSecond = gateway.acceptsPerSecond
        maximumMessage = gateway.maximumMessage
        maximumFragments = gateway.maximumFragments
        maximumUnsent = gateway.maximumUnsent
        handshakeTimeout = .nanoseconds(gateway.handshakeTimeout.inNanoseconds)
    }
}

extension Duration {
    var inNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
