import MediaCore
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization
import VoiceClient

/// The smallest voice server there is: greets, lets everybody in, and sends each client's packets back to it, sealed
/// anew.
final class GatewayPeer: Sendable {
    static let ssrc: UInt32 = 4321
    static let key = (0..<32).map { UInt8(7 &* $0) }

    let port: Int
    let mediaPort: Int
    private let group: MultiThreadedEventLoopGroup

    init(mode: String = "aead_aes256_gcm_rtpsize") async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let echo = try await DatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(EchoHandler(mode: mode))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        mediaPort = echo.localAddress?.port ?? 0
        let (media, operations) = (mediaPort, PeerOperations())
        self.seen = operations
        let server = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOWebSocketServerUpgrader(
                        shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
                        upgradePipelineHandler: { channel, _ in
                            channel.eventLoop.makeCompletedFuture {
                                try channel.pipeline.syncOperations.addHandler(
                                    PeerHandler(mode: mode, mediaPort: media, operations))
                            }
                        })
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                        withServerUpgrade: ([upgrader], { _ in }))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = server.localAddress?.port ?? 0
    }

    private let seen: PeerOperations

    /// Operations that clients sent, in order.
    var received: [Int] { seen.all }

    func stop() async { try? await group.shutdownGracefully() }
}

final class PeerOperations: Sendable {
    private let list = Mutex<[Int]>([])

    var all: [Int] { list.withLock { $0 } }
    func add(_ operation: Int) { list.withLock { $0.append(operation) } }
}

private final class PeerHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let mode: String
    private let mediaPort: Int
    private let operations: PeerOperations

    init(mode: String, mediaPort: Int, _ operations: PeerOperations) {
        (self.mode, self.mediaPort, self.operations) = (mode, mediaPort, operations)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        send(#"{"op":8,"d":{"heartbeat_interval":200.0}}"#, context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        var content = frame.unmaskedData
        if frame.opcode == .connectionClose { return context.close(promise: nil) }
        guard frame.opcode == .text, let text = content.readString(length: content.readableBytes),
            let start = text.firstRange(of: #""op":"#),
            let operation = Int(text[start.upperBound...].prefix { $0.isNumber })
        else { return }
        operations.add(operation)
        switch operation {
        case 0:
            send(
                """
                {"op":2,"d":{"ssrc":\(GatewayPeer.ssrc),"ip":"127.0.0.1","port":\(mediaPort),"modes":["\(mode)"]}}
                """, context)
        case 1:
            send(
                #"{"op":4,"d":{"mode":"\#(mode)","secret_key":\#(GatewayPeer.key),"dave_protocol_version":0},"seq":1}"#,
                context)
            send(#"{"op":11,"d":{"user_ids":["99"]},"seq":2}"#, context)
        case 3: send(#"{"op":6,"d":{"t":1}}"#, context)
        case 5: send(#"{"op":5,"d":{"user_id":"99","ssrc":5555,"speaking":1},"seq":3}"#, context)
        case 7: send(#"{"op":9,"d":null}"#, context)
        default: break
        }
    }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        let frame = WebSocketFrame(fin: true, opcode: .text, data: context.channel.allocator.buffer(string: text))
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }
}

private final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private var opener: MediaCipher
    private var sealer: MediaCipher

    init(mode: String) throws {
        let key = KeyMaterial(suite: mode, secret: GatewayPeer.key)
        opener = try MediaCipher(key, isSealing: false)
        sealer = try MediaCipher(key, isSealing: true)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let bytes = Array(envelope.data.readableBytesView)
        var answer: [UInt8]?
        if bytes.count == IPDiscovery.bytes, bytes[1] == 1 {
            answer = IPDiscovery.answer(
                ssrc: GatewayPeer.ssrc, address: "127.0.0.1", port: UInt16(envelope.remoteAddress.port ?? 0))
        } else if bytes.count > 12, bytes[0] >> 6 == 2 {
            answer = echo(bytes)
        }
        guard let answer else { return }
        let out = AddressedEnvelope(
            remoteAddress: envelope.remoteAddress, data: context.channel.allocator.buffer(bytes: answer))
        context.writeAndFlush(wrapOutboundOut(out), promise: nil)
    }

    private func echo(_ packet: [UInt8]) -> [UInt8]? {
        var bytes = packet
        var span = bytes.mutableSpan
        guard let length = opener.process(&span, length: packet.count) else { return nil }
        var again = Array(bytes[..<length]) + [UInt8](repeating: 0, count: 32)
        again.replaceSubrange(8..<12, with: [0, 0, 0x15, 0xB3])
        var room = again.mutableSpan
        guard let count = sealer.process(&room, length: length) else { return nil }
        return Array(again[..<count])
    }
}
