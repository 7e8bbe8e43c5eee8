import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks an instance's API; one connection for each request.
struct APIClient: Sendable {
    private static let maximumAnswerBytes = 16 << 20
    private static let timeout = TimeAmount.seconds(20)

    struct Answer: Sendable {
        var status: Int
        var body: String
    }

    let api: LoadRequest.API
    let loop: any EventLoop

    func get(_ path: String) -> EventLoopFuture<Answer> { request(.GET, path, body: nil) }
    func put(_ path: String, _ body: String) -> EventLoopFuture<Answer> { request(.PUT, path, body: body) }
    func delete(_ path: String) -> EventLoopFuture<Answer> { request(.DELETE, path, body: nil) }

    private func request(_ method: HTTPMethod, _ path: String, body: String?) -> EventLoopFuture<Answer> {
        let promise = loop.makePromise(of: Answer.self)
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers.add(name: "Host", value: "\(api.host):\(api.port)")
        head.headers.add(name: "Connection", value: "close")
        if let secret = api.secret { head.headers.add(name: "Authorization", value: "Bearer \(secret)") }
        if let body {
            head.headers.add(name: "Content-Type", value: "application/json")
            head.headers.add(name: "Content-Length", value: "\(body.utf8.count)")
        }
        let sent = head
        let timer = loop.scheduleTask(in: Self.timeout) {
            promise.fail(CallError(.unavailable, "the API at \(api.host):\(api.port) does not answer"))
        }
        promise.futureResult.whenComplete { _ in timer.cancel() }
        ClientBootstrap(group: loop)
            .connectTimeout(Self.timeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandlers([
                        NIOHTTPClientResponseAggregator(maxContentLength: Self.maximumAnswerBytes),
                        AnswerHandler(promise),
                    ])
                }
            }
            .connect(host: api.host, port: api.port)
            .whenComplete { result in
                switch result {
                case .failure:
                    promise.fail(CallError(.unavailable, "the API at \(api.host):\(api.port) cannot be reached"))
                case .success(let channel):
                    channel.write(HTTPClientRequestPart.head(sent), promise: nil)
                    if let body {
                        let buffer = channel.allocator.buffer(string: body)
                        channel.write(HTTPClientRequestPart.body(.byteBuffer(buffer)), promise: nil)
                    }
                    channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
                }
            }
        return promise.futureResult
    }
}

private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPClientResponseFull

    private let promise: EventLoopPromise<APIClient.Answer>

    init(_ promise: EventLoopPromise<APIClient.Answer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let response = unwrapInboundIn(data)
        let body = response.body.map { String(buffer: $0) } ?? ""
        promise.succeed(APIClient.Answer(status: Int(response.head.status.code), body: body))
        context.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(CallError(.unavailable, "the API closed the connection without an answer"))
    }
}
