import Foundation
import NIOCore
import NIOPosix
import NIOSSL

/// A TCP client that says exactly what a test wants, with or without TLS, and waits no longer than a test may.
final class ByteClient: Sendable {
    struct Timeout: Error, CustomStringConvertible {
        var description: String
    }

    /// For everything that has to happen; a busy machine may take its time.
    static let patience = 20.0

    private let channel: any Channel
    private let inbox: Inbox

    /// What has come, for the thread that waits.
    final class Inbox: @unchecked Sendable {
        private let condition = NSCondition()
        private var bytes: [UInt8] = []
        private var isClosed = false

        func append(_ more: [UInt8]) {
            condition.withLock {
                bytes += more
                condition.broadcast()
            }
        }

        func close() {
            condition.withLock {
                isClosed = true
                condition.broadcast()
            }
        }

        /// - Parameter take: how many bytes are taken; nil: not yet.
        func wait(_ what: String, _ take: ([UInt8], _ isClosed: Bool) -> Int?) throws -> [UInt8] {
            let end = Date(timeIntervalSinceNow: ByteClient.patience)
            condition.lock()
            defer { condition.unlock() }
            while true {
                if let count = take(bytes, isClosed) {
                    defer { bytes.removeFirst(count) }
                    return Array(bytes[..<count])
                }
                guard !isClosed, condition.wait(until: end) else {
                    throw Timeout(
                        description: "no \(what) \(isClosed ? "before the end" : "in time"); there is: "
                            + String(decoding: bytes.prefix(300), as: UTF8.self))
                }
            }
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let inbox: Inbox

        init(_ inbox: Inbox) { self.inbox = inbox }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            inbox.append(Array(unwrapInboundIn(data).readableBytesView))
        }

        func channelInactive(context: ChannelHandlerContext) { inbox.close() }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// - Parameters:
    ///   - trusting: PEM file of the certificate to trust; nil for no TLS.
    ///   - reads: whether what comes is read at all.
    init(port: Int, trusting certificate: String? = nil, name: String? = "localhost", reads: Bool = true) throws {
        let inbox = Inbox()
        var context: NIOSSLContext?
        if let certificate {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(certificate)
            context = try NIOSSLContext(configuration: configuration)
        }
        let tls = context
        channel = try ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: reads ? 1 << 18 : 4096)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: name))
                    }
                    try channel.pipeline.syncOperations.addHandler(Handler(inbox))
                }
            }
            .connect(host: "127.0.0.1", port: port).wait()
        self.inbox = inbox
    }

    deinit { channel.close(promise: nil) }

    func close() { try? channel.close().wait() }

    func send(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Everything up to and with a text.
    func read(through text: String) throws -> String {
        let wanted = Array(text.utf8)
        let bytes = try inbox.wait("'\(text)'") { bytes, _ in
            guard let start = bytes.indices.first(where: { bytes[$0...].starts(with: wanted) }) else { return nil }
            return start + wanted.count
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func read(count: Int) throws -> [UInt8] {
        try inbox.wait("\(count) bytes") { bytes, _ in bytes.count >= count ? count : nil }
    }

    /// Everything until the peer closes.
    func readToEnd() throws -> [UInt8] {
        try inbox.wait("end") { bytes, isClosed in isClosed ? bytes.count : nil }
    }
}
