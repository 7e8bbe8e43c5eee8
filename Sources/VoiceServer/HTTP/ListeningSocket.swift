import NIOCore
import NIOPosix

/// A TCP socket that takes connections, and where it listens.
struct ListeningSocket: Sendable {
    let channel: any Channel
    /// With the port that a 0 has become.
    let address: ServerAddress

    /// - Parameters:
    ///   - sendBuffer: bytes that the system holds for a peer that does not read; nil as it likes.
    ///   - initialize: sets a connection up; one for which it throws is closed.
    static func open(
        _ group: any EventLoopGroup, at address: ServerAddress, backlog: Int32,
        sendBuffer: ChannelOptions.Types.SocketOption.Value? = nil,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) -> EventLoopFuture<ListeningSocket> {
        var bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try initialize(channel) }
            }
        if let sendBuffer {
            bootstrap = bootstrap.childChannelOption(.socketOption(.so_sndbuf), value: sendBuffer)
        }
        return bootstrap.bind(host: address.host, port: address.port).map { channel in
            ListeningSocket(
                channel: channel,
                address: ServerAddress(host: address.host, port: channel.localAddress?.port ?? address.port))
        }
    }
}
