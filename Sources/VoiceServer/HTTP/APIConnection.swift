import NIOCore
import NIOHTTP1

/// One connection of the API: gathers a request's body up to a limit, has it answered, keeps the connection.
final class APIConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let maximumBody: Int
    private let timeout: TimeAmount
    private let respond: (APIRequest) -> EventLoopFuture<APIResponse>
    private var request: APIRequest?
    private var keepsAlive = true
    private var isAnswered = false
    private var deadline: Scheduled<Void>?

    /// - Parameter timeout: within which the next whole request has to be there.
    init(maximumBody: Int, timeout: TimeAmount, respond: @escaping (APIRequest) -> EventLoopFuture<APIResponse>) {
        self.maximumBody = maximumBody
        self.timeout = timeout
        self.respond = respond
    }

    func channelActive(context: ChannelHandlerContext) {
        restartDeadline(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let part):
            guard !isAnswered, request != nil else { return }
            if (request?.body.count ?? 0) + part.readableBytes > maximumBody { return refuse(tooLarge, context) }
            request?.body.append(contentsOf: part.readableBytesView)
        case .end:
            guard !isAnswered, let request else { return }
            self.request = nil
            isAnswered = true
            deadline?.cancel()
            let connection = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            respond(request).whenComplete { result in
                let (connection, context) = connection.value
                switch result {
                case .success(let response): connection.write(response, context)
                case .failure(let error): connection.write(Self.response(to: error), context)
                }
            }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError, !isAnswered {
            refuse(APIError(.badRequest, "bad_request", "this is no HTTP/1.1 request"), context)
        } else {
            context.close(promise: nil)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        request = APIRequest(method: head.method, target: RequestTarget(head.uri), headers: head.headers)
        keepsAlive = head.isKeepAlive
        isAnswered = false
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }), length > maximumBody {
            return refuse(tooLarge, context)
        }
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
    }

    private var tooLarge: APIError {
        APIError(.payloadTooLarge, "too_large", "the body has more than \(maximumBody) bytes; see 'api.body'")
    }

    /// Answers before the request is whole; the connection cannot go on after that.
    private func refuse(_ error: APIError, _ context: ChannelHandlerContext) {
        isAnswered = true
        keepsAlive = false
        request = nil
        write(error.response, context)
    }

    private static func response(to error: any Error) -> APIResponse {
        if let error = error as? APIError { return error.response }
        return APIError(.internalServerError, "internal", "\(error)").response
    }

    private func write(_ response: APIResponse, _ context: ChannelHandlerContext) {
        var head = HTTPResponseHead(version: .http1_1, status: response.status)
        head.headers.add(name: "content-type", value: response.contentType)
        head.headers.add(name: "content-length", value: "\(response.body.count)")
        head.headers.add(name: "cache-control", value: "no-store")
        for header in response.headers { head.headers.add(name: header.name, value: header.value) }
        if !keepsAlive { head.headers.add(name: "connection", value: "close") }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: response.body)))), promise: nil)
        let promise = context.eventLoop.makePromise(of: Void.self)
        if !keepsAlive {
            let channel = context.channel
            promise.futureResult.whenComplete { _ in channel.close(promise: nil) }
        } else {
            restartDeadline(context)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }

    private func restartDeadline(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: timeout) { channel.close(promise: nil) }
    }
}
