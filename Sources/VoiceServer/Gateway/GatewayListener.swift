import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Who is told of new WebSockets.
protocol GatewayOwner: WebSocketOwner {
    /// A WebSocket is open.
    /// - Parameter version: the query's `v`.
    func opened(_ connection: WebSocketConnection, version: String?, address: SocketAddress?)
}

/// Accepts WebSockets on `/`, with or without TLS. Whatever else is asked for gets a short answer and is closed.
final class GatewayListener {
    /// Connections that were closed because there were too many, or too many at once.
    private(set) var refused = 0
    /// Of all kinds, TLS handshakes and failed upgrades included.
    private(set) var connections = 0
    /// Handshakes, of TLS or HTTP, that took too long or failed.
    private(set) var failedHandshakes = 0
    /// New handshakes use it; nil for none.
    var tls: NIOSSLContext?
    /// Of its certificate.
    var fingerprint: String?
    private let limits: GatewayLimits
    private unowned let owner: any GatewayOwner
    private let eventLoop: any EventLoop
    private var accepts: TokenBucket
    private var next: UInt64 = 1
    private var channel: (any Channel)?

    init(limits: GatewayLimits, tls: NIOSSLContext?, owner: any GatewayOwner, on eventLoop: any EventLoop) {
        self.limits = limits
        self.tls = tls
        self.owner = owner
        self.eventLoop = eventLoop
        accepts = TokenBucket(perSecond: limits.acceptsPerSecond, now: .now())
    }

    /// Begins to listen.
    /// - Returns: the address, with the port that a 0 has become.
    func start(_ group: any EventLoopGroup, at address: ServerAddress) -> EventLoopFuture<ServerAddress> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return ListeningSocket.open(group, at: address, backlog: 1024, sendBuffer: limits.kernelBuffer) { channel in
            try bound.value.initialize(channel)
        }
        .map { socket in
            bound.value.channel = socket.channel
            return socket.address
        }
    }

    /// Accepts nobody else.
    func stop() {
        channel?.close(promise: nil)
        channel = nil
    }

    private func initialize(_ channel: any Channel) throws {
        try channel.syncOptions?.setOption(.maxMessagesPerRead, value: 4)
        guard connections < limits.maximumConnections, accepts.take(at: .now()) else {
            refused += 1
            throw GatewayRefusal.tooManyConnections
        }
        connections += 1
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        channel.closeFuture.whenComplete { _ in bound.value.connections -= 1 }
        if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
        let timeout = eventLoop.assumeIsolated().scheduleTask(in: limits.handshakeTimeout) {
            bound.value.failedHandshakes += 1
            channel.close(promise: nil)
        }
        channel.closeFuture.whenComplete { _ in timeout.cancel() }
        try configureHTTP(channel, bound, timeout)
    }

    private func configureHTTP(
        _ channel: any Channel, _ bound: NIOLoopBound<GatewayListener>, _ timeout: Scheduled<Void>
    ) throws {
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: limits.maximumMessage, automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                let isOurs = RequestTarget(head.uri).path == "/"
                return channel.eventLoop.makeSucceededFuture(isOurs ? HTTPHeaders() : nil)
            },
            upgradePipelineHandler: { channel, head in
                timeout.cancel()
                return channel.eventLoop.makeCompletedFuture { try bound.value.upgraded(channel, head) }
            })
        var headers = NIOHTTPDecoderLimitConfiguration()
        headers.maxHeaderFieldSize = 8 << 10
        headers.maxHeaderListSize = 16 << 10
        headers.maxHeaderFieldCount = 64
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: false,
            withServerUpgrade: (
                upgraders: [upgrader],
                completionHandler: { context in
                    guard let refusal = try? context.pipeline.syncOperations.context(handlerType: UpgradeRefusal.self)
                    else { return }
                    context.pipeline.syncOperations.removeHandler(context: refusal, promise: nil)
                }
            ),
            withErrorHandling: true, withOutboundHeaderValidation: false,
            withEncoderConfiguration: HTTPResponseEncoder.Configuration(), withDecoderLimitConfiguration: headers)
        try channel.pipeline.syncOperations.addHandler(UpgradeRefusal())
    }

    private func upgraded(_ channel: any Channel, _ head: HTTPRequestHead) throws {
        let connection = WebSocketConnection(number: next, limits: limits, owner: owner)
        next += 1
        try channel.pipeline.syncOperations.addHandler(connection)
        owner.opened(
            connection, version: RequestTarget(head.uri).query["v"], address: channel.remoteAddress)
    }
}

/// Why a connection was closed as soon as it came.
enum GatewayRefusal: Error {
    case tooManyConnections
}
