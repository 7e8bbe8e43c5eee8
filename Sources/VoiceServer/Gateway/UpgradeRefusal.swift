import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Answers HTTP requests that are no upgrade to a WebSocket, and closes.
final class UpgradeRefusal: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = unwrapInboundIn(data) else { return }
        let isOurs = RequestTarget(head.uri).path == "/"
        var response = HTTPResponseHead(version: .http1_1, status: isOurs ? .upgradeRequired : .notFound)
        let text =
            isOurs ? "This is a voice gateway: connect with a WebSocket.\n" : "There is only a WebSocket at '/'.\n"
        response.headers.add(name: "content-type", value: "text/plain; charset=utf-8")
        response.headers.add(name: "content-length", value: "\(text.utf8.count)")
        if isOurs { response.headers.add(name: "upgrade", value: "websocket") }
        response.headers.add(name: "connection", value: isOurs ? "upgrade, close" : "close")
        context.write(wrapOutboundOut(.head(response)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        let promise = context.eventLoop.makePromise(of: Void.self)
        let channel = context.channel
        promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The request of an upgrade that was declined still comes, and is answered.
        if error is NIOWebSocketUpgradeError { return }
        context.close(promise: nil)
    }
}
