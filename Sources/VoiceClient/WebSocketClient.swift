import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// Opens WebSockets (RFC 6455), with and without TLS. What they carry is bounded.
package struct WebSocketClient: Sendable {
    /// Of one message; a longer one ends the connection.
    static let maximumMessageBytes = GatewayMessage.maximumBytes
    static let connectTimeout = TimeAmount.seconds(10)

    /// What the owner of a connection is told, on its event loop.
    struct Observer: Sendable {
        var opened: @Sendable (any Channel) -> Void
        var received: @Sendable (String) -> Void
        /// Last: the code that the server gave. May be said more than once.
        var closed: @Sendable (UInt16?) -> Void
    }

    let address: GatewayAddress
    private let tls: NIOSSLContext?

    package init(_ address: GatewayAddress, trust: CallRequest.Trust) throws {
        self.address = address
        tls = address.isSecure ? try Self.context(trust) : nil
    }

    /// - Parameter local: the address to come from; nil for what the system takes.
    func open(query: String, from local: SocketAddress?, on loop: any EventLoop, _ observer: Observer) {
        var bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(Self.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try secure(channel, tls) }
                    try upgrade(channel, query, observer).whenComplete { result in
                        if case .success(true) = result { return }
                        observer.closed(nil)
                    }
                }
            }
        if let local { bootstrap = bootstrap.bind(to: local) }
        bootstrap.connect(host: address.host, port: address.port).whenFailure { _ in observer.closed(nil) }
    }

    private static func context(_ trust: CallRequest.Trust) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        switch trust {
        case .system: break
        case .file(let path): configuration.trustRoots = .file(path)
        case .anyone: configuration.certificateVerification = .none
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private func secure(_ channel: any Channel, _ context: NIOSSLContext) throws {
        // A server's name is not an address (RFC 6066 §3).
        let isAddress = address.host.contains(":") || address.host.allSatisfy { "0123456789.".contains($0) }
        let handler = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : address.host)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    /// - Returns: whether the server speaks WebSocket.
    private func upgrade(
        _ channel: any Channel, _ query: String, _ observer: Observer
    ) throws -> EventLoopFuture<Bool> {
        let upgrader = NIOTypedWebSocketClientUpgrader<Bool>(maxFrameSize: Self.maximumMessageBytes) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                let frames = NIOWebSocketFrameAggregator(
                    minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 64,
                    maxAccumulatedFrameSize: Self.maximumMessageBytes)
                try channel.pipeline.syncOperations.addHandlers([frames, FrameHandler(observer)])
                observer.opened(channel)
                return true
            }
        }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: address.path + query)
        head.headers.add(name: "Host", value: "\(address.host):\(address.port)")
        head.headers.add(name: "User-Agent", value: "parley")
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Bool>(
            upgradeRequestHead: head, upgraders: [upgrader],
            notUpgradingCompletionHandler: { channel in channel.close().map { false } })
        var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(upgradeConfiguration: configuration)
        // A server greets at once: its first frame may come together with the response.
        pipeline.leftOverBytesStrategy = .forwardBytes
        return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
    }

    /// Sends a message.
    static func send(_ text: String, on channel: any Channel) {
        let data = channel.allocator.buffer(string: text)
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .text, maskKey: .random(), data: data), promise: nil)
    }

    static func close(_ channel: any Channel, code: UInt16) {
        var data = channel.allocator.buffer(capacity: 2)
        data.writeInteger(code)
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data)
        channel.writeAndFlush(frame).whenComplete { _ in channel.close(promise: nil) }
    }
}

/// Answers pings, and hands on texts and the end.
private final class FrameHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let observer: WebSocketClient.Observer
    private var code: UInt16?

    init(_ observer: WebSocketClient.Observer) { self.observer = observer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        var content = frame.unmaskedData
        switch frame.opcode {
        case .text, .binary: observer.received(content.readString(length: content.readableBytes) ?? "")
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: content)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            code = content.readInteger()
            context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        observer.closed(code)
        context.fireChannelInactive()
    }
}
