import NIOCore
import NIOHTTP1
import NIOPosix

/// Accepts the connections of the API.
final class APIListener {
    /// Within which a whole request has to be there, and an idle connection is closed.
    private static let timeout = TimeAmount.seconds(60)
    private static let largestHeaders = 32 << 10

    private let maximumBody: Int
    private let maximumConnections: Int
    private let eventLoop: any EventLoop
    private let respond: (APIRequest) -> EventLoopFuture<APIResponse>
    private var connections = 0
    private var channel: (any Channel)?

    /// - Parameter respond: on the event loop.
    init(
        maximumBody: Int, maximumConnections: Int, on eventLoop: any EventLoop,
        respond: @escaping (APIRequest) -> EventLoopFuture<APIResponse>
    ) {
        self.maximumBody = maximumBody
        self.maximumConnections = maximumConnections
        self.eventLoop = eventLoop
        self.respond = respond
    }

    /// Begins to listen.
    /// - Returns: the address, with the port that a 0 has become.
    func start(_ group: any EventLoopGroup, at address: ServerAddress) -> EventLoopFuture<ServerAddress> {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        return ListeningSocket.open(group, at: address, backlog: 128) { try bound.value.initialize($0) }
            .map { socket in
                bound.value.channel = socket.channel
                return socket.address
            }
    }

    func stop() {
        channel?.close(promise: nil)
        channel = nil
    }

    private func initialize(_ channel: any Channel) throws {
        guard connections < maximumConnections else { throw GatewayRefusal.tooManyConnections }
        connections += 1
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        channel.closeFuture.whenComplete { _ in bound.value.connections -= 1 }
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = Self.largestHeaders
        limits.maxHeaderListSize = Self.largestHeaders
        limits.maxHeaderFieldCount = 100
        try channel.pipeline.syncOperations.configureHTTPServerPipeline(
            withPipeliningAssistance: true, withServerUpgrade: nil, withErrorHandling: false,
            withOutboundHeaderValidation: true, withEncoderConfiguration: HTTPResponseEncoder.Configuration(),
            withDecoderLimitConfiguration: limits)
        try channel.pipeline.syncOperations.addHandler(
            APIConnection(maximumBody: maximumBody, timeout: Self.timeout, respond: respond))
    }
}
