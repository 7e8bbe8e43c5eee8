import NIOCore
import NIOWebSocket

/// Who is told of what a WebSocket does. All on the connection's event loop.
protocol WebSocketOwner: AnyObject {
    /// A whole text message.
    func received(_ text: [UInt8], on connection: WebSocketConnection)
    /// The client reads too little: it is about to be cut off.
    func stalled(_ connection: WebSocketConnection)
    /// The connection is gone, by whomever; told once.
    func closed(_ connection: WebSocketConnection)
}

/// One client's WebSocket (RFC 6455): frames become messages, pings are answered, a peer that breaks the rules or reads too
/// little is cut off. No extension is spoken, so `permessage-deflate` is declined.
final class WebSocketConnection: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    let number: UInt64
    private let limits: GatewayLimits
    private weak var owner: (any WebSocketOwner)?
    private var context: ChannelHandlerContext?
    private var message: MessageAssembly
    private var control: TokenBucket
    private var unsent = 0
    private var state = State.open

    private enum State {
        case open
        /// A close frame has been sent; what comes in is ignored until the peer's.
        case closing
        case closed
    }

    init(number: UInt64, limits: GatewayLimits, owner: any WebSocketOwner) {
        self.number = number
        self.limits = limits
        self.owner = owner
        message = MessageAssembly(maximumBytes: limits.maximumMessage, maximumFragments: limits.maximumFragments)
        control = TokenBucket(perSecond: limits.controlFramesPerSecond, now: .now())
    }

    // MARK: From the server

    /// Sends a text message.
    func send(_ text: String) {
        guard state == .open, let context else { return }
        write(.text, context.channel.allocator.buffer(string: text), context)
    }

    /// Sends a close frame, and closes once the peer has answered or `closeTimeout` has passed.
    func close(_ code: WebSocketErrorCode, reason: String) {
        guard state == .open, let context else { return }
        state = .closing
        write(.connectionClose, Self.closeData(code, reason, context), context)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.assumeIsolated().scheduleTask(in: limits.closeTimeout) { bound.value.cutOff() }
    }

    /// Closes without another word.
    func cutOff() {
        guard state != .closed, let context else { return }
        context.close(promise: nil)
    }

    // MARK: From the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch state {
        case .open: take(frame, context)
        case .closing: if frame.opcode == .connectionClose { cutOff() }
        case .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error as? NIOWebSocketError {
        case .invalidFrameLength: close(.messageTooLarge, reason: "at most \(limits.maximumMessage) bytes")
        case .fragmentedControlFrame, .multiByteControlFrameLength: close(.protocolError, reason: "control frame")
        case nil: context.close(promise: nil)
        }
    }

    private func take(_ frame: WebSocketFrame, _ context: ChannelHandlerContext) {
        // RFC 6455 §5.1: clients mask. §5.2: bits that no extension has claimed are zero.
        guard frame.maskKey != nil else { return close(.protocolError, reason: "frames of clients are masked") }
        guard !frame.rsv1 && !frame.rsv2 && !frame.rsv3 else {
            return close(.protocolError, reason: "no extension was agreed")
        }
        switch frame.opcode {
        case .text, .binary, .continuation: take(data: frame)
        case .ping:
            guard control.take(at: .now()) else { return close(.policyViolation, reason: "too many pings") }
            write(.pong, frame.unmaskedData, context)
        case .pong:
            guard control.take(at: .now()) else { return close(.policyViolation, reason: "too many pongs") }
        case .connectionClose:
            var data = frame.unmaskedData
            let code = data.readWebSocketErrorCode() ?? .normalClosure
            answerClose(Self.answer(to: code), context)
        default: close(.protocolError, reason: "unknown opcode of a frame")
        }
    }

    private func take(data frame: WebSocketFrame) {
        if frame.opcode == .continuation, !control.take(at: .now()) {
            return close(.policyViolation, reason: "too many fragments")
        }
        switch message.take(frame) {
        case .incomplete: break
        case .text(let bytes): owner?.received(bytes, on: self)
        case .binary: close(.unacceptableData, reason: "messages are text")
        case .refused(let code, let reason): close(code, reason: reason)
        }
    }

    // MARK: Writing

    /// Bytes that have been written and not yet left count against the limit; a client that never reads is cut off there.
    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer, _ context: ChannelHandlerContext) {
        let size = data.readableBytes + Self.frameOverhead
        guard unsent + size <= limits.maximumUnsent else {
            // No close frame would reach a client that does not read.
            owner?.stalled(self)
            return cutOff()
        }
        unsent += size
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in unsent -= size }
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: opcode, data: data)), promise: promise)
    }

    /// The peer has closed; the server answers and hangs up first (RFC 6455 §7.1.1).
    private func answerClose(_ code: WebSocketErrorCode, _ context: ChannelHandlerContext) {
        state = .closing
        let data = Self.closeData(code, "", context)
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in cutOff() }
        context.writeAndFlush(
            wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: data)), promise: promise)
    }

    private static func closeData(
        _ code: WebSocketErrorCode, _ reason: String, _ context: ChannelHandlerContext
    ) -> ByteBuffer {
        var data = context.channel.allocator.buffer(capacity: 2 + longestReason)
        data.write(webSocketErrorCode: code)
        data.writeString(shortened(reason))
        return data
    }

    private func finish() {
        guard state != .closed else { return }
        state = .closed
        context = nil
        owner?.closed(self)
        owner = nil
    }

    private static let frameOverhead = 4
    /// A close frame's payload is at most 125 bytes, two of which are the code.
    private static let longestReason = 123

    private static func shortened(_ reason: String) -> String {
        var text = reason[...]
        while text.utf8.count > longestReason { text = text.dropLast() }
        return String(text)
    }

    /// A peer's code is sent back to it, unless it may not stand on the wire (RFC 6455 §7.4.1).
    private static func answer(to code: WebSocketErrorCode) -> WebSocketErrorCode {
        switch code {
        case .unknown(let number) where (3000..<5000).contains(number): code
        case .unknown: .protocolError
        default: code
        }
    }
}
