import Foundation
import Testing
import VoiceServer

@Suite struct OpenAPITests {
    private static func document(_ server: VoiceServer) throws -> [String: Any] {
        let response = try HTTPCall("GET", "/openapi.json", port: server.apiEndpoint.port)
        return try #require(response.json as? [String: Any])
    }

    private static func operations(_ document: [String: Any]) -> [(
        path: String, method: String, operation: [String: Any]
    )] {
        let methods: Set<String> = ["get", "put", "post", "delete", "patch", "head", "options"]
        return (document["paths"] as? [String: [String: Any]] ?? [:]).flatMap { path, item in
            item.compactMap { method, operation in
                guard methods.contains(method), let operation = operation as? [String: Any] else { return nil }
                return (path, method.uppercased(), operation)
            }
        }
    }

    @Test func `the description has what version 3.1 asks for`() throws {
        try TestServer.run { server in
            let document = try Self.document(server)
            #expect(document["openapi"] as? String == "3.1.0")
            let info = try #require(document["info"] as? [String: Any])
            #expect(info["title"] is String && info["version"] is String)
            let operations = Self.operations(document)
            let ids = operations.compactMap { $0.operation["operationId"] as? String }
            #expect(ids.count == operations.count && Set(ids).count == ids.count)
            for (path, method, operation) in operations {
                let responses = try #require(operation["responses"] as? [String: [String: Any]], "\(method) \(path)")
                #expect(!responses.isEmpty && responses.values.allSatisfy { $0["description"] is String })
            }
        }
    }

    @Test func `every reference of the description leads somewhere`() throws {
        try TestServer.run { server in
            let document = try Self.document(server)
            let validator = SchemaValidator(root: document)
            func references(_ node: Any) -> [String] {
                if let object = node as? [String: Any] {
                    return ((object["$ref"] as? String).map { [$0] } ?? []) + object.values.flatMap(references)
                }
                return (node as? [Any] ?? []).flatMap(references)
            }
            let all = references(document)
            #expect(all.count > 20)
            for reference in all { #expect(validator.resolve(reference) != nil, "\(reference)") }
        }
    }

    @Test func `routes and description are the same`() throws {
        try TestServer.run { server in
            let described = Self.operations(try Self.document(server)).map { operation in
                let security = operation.operation["security"] as? [Any]
                return "\(operation.operation["operationId"] as? String ?? "") \(operation.method) \(operation.path) "
                    + "\(security.map { !$0.isEmpty } ?? true)"
            }
            #expect(Set(described) == Set(VoiceServer.routeDescriptions))
        }
    }

    @Test func `every path answers only the methods that are described`() throws {
        try TestServer.run { server in
            let document = try Self.document(server)
            for (path, methods) in Dictionary(grouping: Self.operations(document), by: \.path) {
                let target = path.replacing("{guild_id}", with: "7").replacing("{channel_id}", with: "70")
                for method in ["GET", "PUT", "POST", "DELETE", "PATCH"] {
                    let call = try HTTPCall(method, target, port: server.apiEndpoint.port)
                    let isDescribed = methods.contains { $0.method == method }
                    #expect((call.status != 405) == isDescribed, "\(method) \(target)")
                }
            }
        }
    }

    @Test func `what the server answers is as described`() throws {
        try TestServer.run(file: "dev: { token: secret, guild: 9, channel: 90 }") { server in
            let port = server.apiEndpoint.port
            let validator = SchemaValidator(root: try Self.document(server))
            let body = APITests.guild()
            let calls: [(method: String, target: String, path: String, body: String?)] = [
                ("PUT", "/v1/guilds/7", "/v1/guilds/{guild_id}", body),
                ("PUT", "/v1/guilds/7", "/v1/guilds/{guild_id}", "{"),
                ("PUT", "/v1/guilds/7", "/v1/guilds/{guild_id}", "{}"),
                ("PUT", "/v1/guilds/7", "/v1/guilds/{guild_id}", APITests.guild(epoch: 0)),
                ("GET", "/v1/guilds/7", "/v1/guilds/{guild_id}", nil),
                ("GET", "/v1/guilds/8", "/v1/guilds/{guild_id}", nil),
                ("GET", "/v1/guilds", "/v1/guilds", nil), ("GET", "/v1/rooms", "/v1/rooms", nil),
                ("GET", "/v1/rooms?limit=x", "/v1/rooms", nil),
                ("GET", "/v1/rooms/7/70", "/v1/rooms/{guild_id}/{channel_id}", nil),
                ("GET", "/v1/rooms/7/79", "/v1/rooms/{guild_id}/{channel_id}", nil),
                ("GET", "/v1/instance", "/v1/instance", nil), ("GET", "/health", "/health", nil),
                ("GET", "/ready", "/ready", nil), ("DELETE", "/v1/guilds/7", "/v1/guilds/{guild_id}", nil),
                ("DELETE", "/v1/guilds/7?epoch=1", "/v1/guilds/{guild_id}", nil),
                ("POST", "/v1/drain", "/v1/drain", nil), ("GET", "/ready", "/ready", nil),
            ]
            for call in calls {
                let answer = try HTTPCall(call.method, call.target, port: port, body: call.body)
                let name = "\(call.method) \(call.target): \(answer.status) \(answer.text)"
                let schema = try #require(Self.schema(validator, call.path, call.method, answer.status), "\(name)")
                let json = try #require(answer.json, "\(name)")
                #expect(validator.problems(of: json, schema) == [], "\(name)")
            }
        }
    }

    @Test func `a push as described is taken, and a described mistake is not`() throws {
        try TestServer.run { server in
            let validator = SchemaValidator(root: try Self.document(server))
            let schema = try #require(validator.resolve("#/components/schemas/GuildState"))
            let whole = """
                {"guild_id":"7","epoch":1,"revision":1,
                "channels":[{"channel_id":"70","pipeline":"default","places":4,"bitrate":64000}],
                "voice_states":[{"user_id":"700","channel_id":"70","session_id":"s","token":"t","mute":true,"deaf":false,
                "self_mute":false,"self_deaf":false,"suppress":false,"priority":true,"local_mutes":["701"]}],
                "participants":[{"participant_id":"702","channel_id":"70","suite":"AEAD_AES_128_GCM",
                "key":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==","ssrc":1,"address":"192.0.2.1:5004","mute":false,
                "deaf":false,"priority":false}]}
                """
            let json = try JSONSerialization.jsonObject(with: Data(whole.utf8))
            #expect(validator.problems(of: json, schema) == [])
            let answer = try HTTPCall("PUT", "/v1/guilds/7", port: server.apiEndpoint.port, body: whole)
            #expect(answer.status == 200, "\(answer.text)")
            for (part, instead) in [
                ("\"places\":4", "\"places\":65"), ("\"epoch\":1", "\"epok\":1"), ("\"701\"", "701.5"),
            ] {
                let wrong = whole.replacing("\"guild_id\":\"7\"", with: "\"guild_id\":\"8\"")
                    .replacing(part, with: instead)
                let json = try JSONSerialization.jsonObject(with: Data(wrong.utf8))
                #expect(validator.problems(of: json, schema) != [], "\(instead)")
                let answer = try HTTPCall("PUT", "/v1/guilds/8", port: server.apiEndpoint.port, body: wrong)
                #expect(answer.status == 422, "\(instead): \(answer.text)")
            }
        }
    }

    private static func schema(
        _ validator: SchemaValidator, _ path: String, _ method: String, _ status: Int
    ) -> [String: Any]? {
        let paths = validator.root["paths"] as? [String: [String: Any]]
        let operation = paths?[path]?[method.lowercased()] as? [String: Any]
        let response = (operation?["responses"] as? [String: [String: Any]])?["\(status)"]
        let content = response?["content"] as? [String: [String: Any]]
        return content?["application/json"]?["schema"] as? [String: Any]
    }
}
