import LiveRoom
import Logging
import MediaPlane
import NIOCore
import NIOHTTP1
import VoiceInstance

/// Answers the requests of the API, on the instance's event loop.
final class APIService {
    private static let mostRooms = 10_000
    private static let roomsPerPage = 1000

    private let loop: InstanceLoop
    private let facts: InstanceFacts
    private let gateway: GatewayListener
    private var secret: BearerSecret

    init(_ loop: InstanceLoop, facts: InstanceFacts, gateway: GatewayListener, secret: String?) {
        self.loop = loop
        self.facts = facts
        self.gateway = gateway
        self.secret = BearerSecret(secret)
    }

    func respond(to request: APIRequest) -> EventLoopFuture<APIResponse> {
        do {
            let (route, parameters) = try APIRoute.of(request)
            if route.needsSecret { try secret.check(request.headers.first(name: "authorization")) }
            return try respond(to: request, route, parameters)
        } catch {
            return loop.eventLoop.makeFailedFuture(error)
        }
    }

    private func respond(
        to request: APIRequest, _ route: APIRoute, _ parameters: [String: String]
    ) throws -> EventLoopFuture<APIResponse> {
        switch route {
        case .getRoom: return try room(parameters)
        case .metrics: return metrics()
        default: break
        }
        let response =
            switch route {
            case .listGuilds: try APIResponse.json(of: guilds())
            case .getGuild: try guild(parameters)
            case .putGuild: try putGuild(request, parameters)
            case .deleteGuild: try deleteGuild(request, parameters)
            case .listRooms: try rooms(request)
            case .getInstance: try APIResponse.json(of: instance())
            case .drain: try drain()
            case .health: try health()
            case .ready: try ready()
            case .openAPI: APIResponse.json(OpenAPIDocument.text)
            case .getRoom, .metrics: preconditionFailure("answered above")
            }
        return loop.eventLoop.makeSucceededFuture(response)
    }

    // MARK: Guilds

    private func guilds() -> GuildListBody {
        let guilds = loop.instance.guildIDs.compactMap { id in
            loop.instance.guildState(id).map { GuildListBody.Guild($0) }
        }
        return GuildListBody(guilds: guilds)
    }

    private func guild(_ parameters: [String: String]) throws -> APIResponse {
        let id = try snowflake("guild_id", parameters)
        guard let state = loop.instance.guildState(id) else { throw unknown(id) }
        return .json(state.json(withSecrets: false))
    }

    private func putGuild(_ request: APIRequest, _ parameters: [String: String]) throws -> APIResponse {
        let id = try snowflake("guild_id", parameters)
        let type = request.headers.first(name: "content-type")?.split(separator: ";").first.map { $0.trimmed }
        guard type?.lowercased() == "application/json" else {
            throw APIError(
                .unsupportedMediaType, "unsupported_media_type", "send 'content-type: application/json'")
        }
        guard !loop.isStopping else { throw APIError(.serviceUnavailable, "stopping", "this instance is stopping") }
        do throws(InstanceError) {
            let state = try GuildState(parsing: request.body, limits: loop.instance.configuration.limits)
            guard state.guild == id else {
                throw .malformed(path: "guild_id", "the body is of guild \(state.guild), the path of \(id)")
            }
            let isNew = try loop.instance.push(state, at: MonotonicClock.now())
            loop.settle()
            return .json("{\"applied\":\(isNew),\"epoch\":\(state.epoch),\"revision\":\(state.revision)}")
        } catch {
            loop.settle()
            throw APIError(error, body: request.body)
        }
    }

    private func deleteGuild(_ request: APIRequest, _ parameters: [String: String]) throws -> APIResponse {
        let id = try snowflake("guild_id", parameters)
        guard let epoch = request.target.query["epoch"].flatMap({ UInt64($0) }) else {
            throw APIError(
                .badRequest, "bad_request", "say which epoch ends: DELETE /v1/guilds/\(id)?epoch=N", path: "epoch")
        }
        let wasThere: Bool
        do throws(InstanceError) {
            wasThere = try loop.instance.delete(guild: id, epoch: epoch, at: MonotonicClock.now())
        } catch {
            throw APIError(error, body: [])
        }
        guard wasThere else { throw unknown(id) }
        loop.settle()
        return .json("{\"deleted\":true}")
    }

    // MARK: Rooms

    private func rooms(_ request: APIRequest) throws -> APIResponse {
        let guild = try request.target.query["guild_id"].map { try snowflake("guild_id", ["guild_id": $0]) }
        let limit = request.target.query["limit"].map { Int($0) ?? 0 } ?? Self.roomsPerPage
        guard (1...Self.mostRooms).contains(limit) else {
            throw APIError(.badRequest, "bad_request", "'limit' is 1 to \(Self.mostRooms)", path: "limit")
        }
        var rooms = loop.instance.rooms(of: guild).sorted { $0.room < $1.room }
        if let after = request.target.query["after"] {
            let parts = after.split(separator: "/").compactMap { UInt64($0) }
            guard parts.count == 2 else {
                throw APIError(
                    .badRequest, "bad_request", "'after' is GUILD/CHANNEL of the last page's end", path: "after")
            }
            rooms.removeAll { $0.room <= RoomID(guild: parts[0], channel: parts[1]) }
        }
        let page = rooms.prefix(limit)
        let next = page.count < rooms.count ? page.last.map { "\($0.room.guild)/\($0.room.channel)" } : nil
        return try .json(of: RoomListBody(rooms: page.map { RoomListBody.Room($0) }, next: next))
    }

    private func room(_ parameters: [String: String]) throws -> EventLoopFuture<APIResponse> {
        let id = RoomID(
            guild: try snowflake("guild_id", parameters).value, channel: try snowflake("channel_id", parameters).value)
        guard let room = loop.instance.room(id) else {
            throw APIError(.notFound, "unknown_room", "there is no room \(id.guild)/\(id.channel) here")
        }
        return loop.report(ofShard: room.shard).flatMapThrowing { report in
            try .json(of: RoomBody(room, report.rooms.first { $0.room == id }))
        }
    }

    // MARK: The instance

    private func instance() -> InstanceBody {
        let statistics = loop.instance.statistics
        let shards = loop.healths.enumerated().map { index, health in
            InstanceBody.Shard(index: index, endpoint: facts.media[index], health: health)
        }
        return InstanceBody(
            version: facts.version, region: loop.configuration.region, endpoint: facts.gateway,
            uptimeSeconds: Double(MonotonicClock.now() - facts.started) * 1e-9, draining: loop.instance.isDraining,
            drained: loop.instance.isDrained, load: shards.map(\.load).max() ?? 0, shards: shards,
            pipelines: loop.shelf.names, defaultPipeline: loop.shelf.defaultName,
            guilds: statistics.guilds, rooms: statistics.rooms, members: statistics.members,
            sessions: statistics.sessions, connections: statistics.connections,
            limits: InstanceBody.Limits(loop.configuration, loop.instance.configuration))
    }

    private func drain() throws -> APIResponse {
        if !loop.instance.isDraining { loop.logger.notice("draining: nobody else is let in") }
        loop.instance.drain()
        loop.settle()
        return try .json(of: DrainBody(draining: true, drained: loop.instance.isDrained))
    }

    private func health() throws -> APIResponse {
        guard let silent = silentShard else { return try .json(of: StatusBody(status: "ok")) }
        throw APIError(.serviceUnavailable, "unhealthy", "shard \(silent) has given no sign of life for seconds")
    }

    private func ready() throws -> APIResponse {
        _ = try health()
        let reason = loop.isStopping ? "this instance is stopping" : loop.instance.whyNotReady
        if let reason { throw APIError(.serviceUnavailable, "not_ready", reason) }
        return try .json(of: StatusBody(status: "ready"))
    }

    /// A shard that has not reported when it should have: its thread is stuck, or the machine is.
    private var silentShard: Int? {
        let now = MonotonicClock.now()
        let patience: Int64 = 5_000_000_000
        return loop.healths.firstIndex { now - ($0?.time ?? facts.started) > patience }
    }

    private func metrics() -> EventLoopFuture<APIResponse> {
        let bound = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let busy = loop.healths.indices.filter { (loop.healths[$0]?.statistics.voices ?? 0) > 0 }
        let reports: [EventLoopFuture<ShardReport>] = busy.map { shard in
            // A shard that does not answer is missing here, and seen elsewhere.
            loop.report(ofShard: shard).recover { _ in ShardReport() }
        }
        return EventLoopFuture<ShardReport>.whenAllSucceed(reports, on: loop.eventLoop).map { reports in
            let service = bound.value
            for member in reports.flatMap(\.rooms).flatMap(\.members) where member.isSpeaking {
                service.loop.addedLatency.record(member.meanDelay)
            }
            let text = ServerMetrics.text(service.loop, service.facts, service.gateway)
            return .text(text, contentType: MetricsText.contentType)
        }
    }

    // MARK: Helpers

    private func snowflake(_ name: String, _ parameters: [String: String]) throws(APIError) -> Snowflake {
        guard let id = Snowflake(parameters[name] ?? "") else {
            throw APIError(.badRequest, "bad_request", "'\(name)' is a decimal number", path: name)
        }
        return id
    }

    private func unknown(_ guild: Snowflake) -> APIError {
        APIError(.notFound, "unknown_guild", "guild \(guild) is not served here")
    }
}
