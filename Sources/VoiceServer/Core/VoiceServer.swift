import Dispatch
public import Logging
public import MediaPlane
import NIOCore
import NIOPosix
public import PipelineSpec
public import StandardStages
import Synchronization
import VoiceInstance

/// A running voice server instance: the voice gateway, the API, and the media plane behind them.
public final class VoiceServer: Sendable {
    /// Where the gateway listens, with the port that a 0 has become.
    public let gatewayEndpoint: ServerAddress
    /// Where the API listens.
    public let apiEndpoint: ServerAddress
    /// Where media arrives, by shard; as clients are told.
    public let mediaEndpoints: [String]
    /// What is said once, when the server has started.
    public let summary: StartSummary
    private let parts: ServerParts

    init(_ parts: ServerParts, gateway: ServerAddress, api: ServerAddress, summary: StartSummary) {
        self.parts = parts
        gatewayEndpoint = gateway
        apiEndpoint = api
        mediaEndpoints = summary.media
        self.summary = summary
    }

    /// Starts a server; it serves when this returns.
    /// - Parameters:
    ///   - registry: the stages that pipelines may name.
    ///   - tap: sees all that the shard of that number gets.
    ///   - logging: how the level of the log is changed by a reload; nil: it is not.
    public static func start(
        _ configuration: ServerConfiguration, logger: Logger, logging: LineLog.Settings? = nil,
        registry: StageRegistry = .standard, tap: @escaping @Sendable (Int) -> (any ShardTap)? = { _ in nil }
    ) async throws -> VoiceServer {
        try await begin(configuration, logger: logger, logging: logging, registry: registry, tap: tap).get()
    }

    /// The same for a thread that may wait.
    public static func startAndWait(
        _ configuration: ServerConfiguration, logger: Logger, logging: LineLog.Settings? = nil,
        registry: StageRegistry = .standard, tap: @escaping @Sendable (Int) -> (any ShardTap)? = { _ in nil }
    ) throws -> VoiceServer {
        try begin(configuration, logger: logger, logging: logging, registry: registry, tap: tap).wait()
    }

    /// Tells clients to go elsewhere, ends the rooms, and returns when nothing of the server is left.
    public func stop() async { try? await parts.stop().get() }

    /// The same for a thread that may wait.
    public func stopAndWait() { try? parts.stop().wait() }

    /// Begins to stop, and says when nothing of the server is left.
    public func stop(whenDone: @escaping @Sendable () -> Void) { parts.stop().whenComplete { _ in whenDone() } }

    /// Looks at everything that `start` would read, without starting.
    public static func check(_ configuration: ServerConfiguration, registry: StageRegistry = .standard) throws {
        try PipelineShelf(registry: registry).load(configuration)
        if configuration.gateway.developmentCertificate == nil {
            _ = try ServerCertificate.load(configuration.gateway)
        }
        for guild in configuration.guilds { try guild.check() }
    }

    /// Takes over what can change while a server runs: pipelines, the certificate, the level of the log.
    /// - Returns: what changed or could not, for people. Nothing of it stops the server.
    @discardableResult
    public func reload(_ configuration: ServerConfiguration) -> [String] { parts.reload(configuration) }

    private static func begin(
        _ configuration: ServerConfiguration, logger: Logger, logging: LineLog.Settings?, registry: StageRegistry,
        tap: @escaping @Sendable (Int) -> (any ShardTap)?
    ) -> EventLoopFuture<VoiceServer> {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let eventLoop = group.next()
        let start = eventLoop.flatSubmit {
            do {
                let start = try ServerStart(
                    configuration, logger: logger, logging: logging, registry: registry, tap: tap, group: group,
                    eventLoop: eventLoop)
                return start.listen()
            } catch {
                return eventLoop.makeFailedFuture(error)
            }
        }
        start.whenFailure { _ in group.shutdownGracefully { _ in } }
        return start
    }
}
