import NIOHTTP1

/// What the API has. `openapi.json` describes the same; a test holds them together.
enum APIRoute: String, CaseIterable, Sendable {
    case listGuilds, getGuild, putGuild, deleteGuild
    case listRooms, getRoom
    case getInstance, drain
    case health, ready, metrics, openAPI

    var method: HTTPMethod {
        switch self {
        case .putGuild: .PUT
        case .deleteGuild: .DELETE
        case .drain: .POST
        default: .GET
        }
    }

    /// Parts in braces stand for anything.
    var template: String {
        switch self {
        case .listGuilds: "/v1/guilds"
        case .getGuild, .putGuild, .deleteGuild: "/v1/guilds/{guild_id}"
        case .listRooms: "/v1/rooms"
        case .getRoom: "/v1/rooms/{guild_id}/{channel_id}"
        case .getInstance: "/v1/instance"
        case .drain: "/v1/drain"
        case .health: "/health"
        case .ready: "/ready"
        case .metrics: "/metrics"
        case .openAPI: "/openapi.json"
        }
    }

    /// Whether only callers who know the secret may use it.
    var needsSecret: Bool {
        switch self {
        case .health, .ready, .openAPI: false
        default: true
        }
    }

    /// What the path means, if it is this route's.
    private func parameters(of segments: [String]) -> [String: String]? {
        let wanted = template.split(separator: "/")
        guard wanted.count == segments.count else { return nil }
        var result: [String: String] = [:]
        for (part, segment) in zip(wanted, segments) {
            if part.hasPrefix("{") {
                result[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return result
    }

    /// The route of a request, and the parts of its path that have names.
    static func of(_ request: APIRequest) throws(APIError) -> (route: APIRoute, parameters: [String: String]) {
        guard let segments = request.target.segments else {
            throw APIError(.badRequest, "bad_request", "the path is not percent-encoded UTF-8")
        }
        var allowed: [String] = []
        for route in allCases {
            guard let parameters = route.parameters(of: segments) else { continue }
            if route.method == request.method { return (route, parameters) }
            allowed.append(route.method.rawValue)
        }
        guard !allowed.isEmpty else {
            throw APIError(
                .notFound, "not_found", "there is nothing at '\(request.target.path)'; GET /openapi.json lists all")
        }
        let list = allowed.joined(separator: ", ")
        throw APIError(
            .methodNotAllowed, "method_not_allowed", "'\(request.target.path)' takes \(list)",
            headers: [("allow", list)])
    }
}

extension VoiceServer {
    /// `operation METHOD template needsSecret` of every route, for the test that holds them against the description.
    package static var routeDescriptions: [String] {
        APIRoute.allCases.map { "\($0.rawValue) \($0.method.rawValue) \($0.template) \($0.needsSecret)" }
    }
}
