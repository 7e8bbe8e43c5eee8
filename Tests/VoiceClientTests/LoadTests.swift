import Foundation
import NIOCore
import NIOPosix
import Synchronization
import Testing
import VoiceClient

/// Loads against a server that only passes on: what the generator measures is known beforehand.
@Suite(.serialized) struct LoadTests {
    static func run(_ request: LoadRequest) async throws -> LoadReport {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try Load(request) { _ in }.run() })
            }
        }
    }

    static func request(_ server: Forwarder, listeners: Int) throws -> LoadRequest {
        let first = Int.random(in: 20_000...32_000)
        var lines = ["T \(first) \(server.port)"]
        for i in 1...listeners { lines.append("L \(first + i) \(server.port)") }
        var request = LoadRequest(.peers(try lines.map { try #require(PeerLine($0)) }))
        request.duration = .seconds(2)
        request.warmUp = .milliseconds(600)
        return request
    }

    @Test func `what a server adds is found to the millisecond`() async throws {
        let server = try await Forwarder(delay: .milliseconds(30))
        let report = try await Self.run(Self.request(server, listeners: 3))
        let latency = try #require(report.latency)
        #expect(latency.samples > 60, "\(latency)")
        #expect(latency.p50 > 0.029 && latency.p50 < 0.045, "\(latency)")
        #expect(latency.unmatched < 3, "\(latency)")
        #expect(report.streams.heard == 3 && report.streams.lost == 0, "\(report.streams)")
        #expect(report.streams.meanRate > 48 && report.streams.meanRate < 52, "\(report.streams)")
        #expect(report.failures.filter { !$0.contains("gaps") } == [])
        await server.stop()
    }

    @Test func `packets that a server loses are counted`() async throws {
        let server = try await Forwarder(delay: .zero, dropsEvery: 10)
        let report = try await Self.run(Self.request(server, listeners: 2))
        let lost = Double(report.streams.lost) / Double(report.streams.packets + report.streams.lost)
        #expect(lost > 0.08 && lost < 0.12, "\(report.streams)")
        #expect(report.failures.contains { $0.contains("were lost") })
        await server.stop()
    }

    @Test func `a server that sends nothing is noticed`() async throws {
        let server = try await Forwarder(delay: .zero, dropsEvery: 1)
        let report = try await Self.run(Self.request(server, listeners: 2))
        #expect(report.streams.heard == 0 && report.streams.expected == 2)
        #expect(report.failures.contains { $0.contains("2 of 2 clients were sent nothing") })
        #expect(report.latency == nil)
        await server.stop()
    }

    @Test(arguments: ["", "T", "T 1", "X 1 2", "L", "L x", "T 1 99999", "L 1 2 3"])
    func `a line of peers that means nothing is refused`(line: String) {
        #expect(PeerLine(line) == nil)
    }
}

/// Sends what talkers send to everybody who has sent one small packet.
final class Forwarder: Sendable {
    let port: Int
    private let group: MultiThreadedEventLoopGroup

    init(delay: TimeAmount, dropsEvery: Int? = nil) async throws {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let channel = try await DatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ForwardHandler(delay, dropsEvery))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func stop() async { try? await group.shutdownGracefully() }
}

private final class ForwardHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let delay: TimeAmount
    private let dropsEvery: Int?
    private var listeners: [SocketAddress] = []
    private var count = 0

    init(_ delay: TimeAmount, _ dropsEvery: Int?) { (self.delay, self.dropsEvery) = (delay, dropsEvery) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard envelope.data.readableBytes > 15 else {
            if !listeners.contains(envelope.remoteAddress) { listeners.append(envelope.remoteAddress) }
            return
        }
        count += 1
        if let dropsEvery, count % dropsEvery == 0 { return }
        let (channel, targets) = (context.channel, listeners)
        channel.eventLoop.scheduleTask(in: delay) {
            for target in targets {
                channel.write(AddressedEnvelope(remoteAddress: target, data: envelope.data), promise: nil)
            }
            channel.flush()
        }
    }
}
