import Foundation
import Testing
import VoiceServer

@Suite struct APITests {
    static func guild(_ id: Int = 7, epoch: Int = 1, revision: Int = 1, channels: [Int] = [70]) -> String {
        let channels = channels.map { "{\"channel_id\":\"\($0)\",\"pipeline\":\"guild-voice\"}" }
        return """
            {"guild_id":"\(id)","epoch":\(epoch),"revision":\(revision),"channels":[\(channels.joined(separator: ","))],\
            "voice_states":[{"user_id":"700","channel_id":"70","session_id":"s","token":"t"}]}
            """
    }

    @Test func `without the secret only health, readiness and the description are there`() throws {
        try TestServer.run(["api.secret": "hunter2"]) { server in
            let port = server.apiEndpoint.port
            for open in ["/health", "/ready", "/openapi.json"] {
                #expect(try HTTPCall("GET", open, port: port).status == 200, "\(open)")
            }
            for closed in ["/metrics", "/v1/guilds", "/v1/rooms", "/v1/instance"] {
                let refused = try HTTPCall("GET", closed, port: port)
                #expect(refused.status == 401, "\(closed)")
                #expect(refused.headers["www-authenticate"] == "Bearer")
                #expect(refused.errorCode == "unauthorized")
                #expect(try HTTPCall("GET", closed, port: port, secret: "hunter3").status == 401)
                #expect(try HTTPCall("GET", closed, port: port, secret: "hunter2").status == 200, "\(closed)")
            }
            #expect(try HTTPCall("POST", "/v1/drain", port: port).status == 401)
        }
    }

    @Test func `who guesses secrets is slowed down, who knows it is not`() throws {
        try TestServer.run(["api.secret": "hunter2"]) { server in
            let port = server.apiEndpoint.port
            var statuses: Set<Int> = []
            for guess in 0..<40 {
                let answer = try HTTPCall("GET", "/v1/guilds", port: port, secret: "guess \(guess)")
                statuses.insert(answer.status)
                if answer.status == 429 { #expect(answer.headers["retry-after"] == "1") }
            }
            #expect(statuses == [401, 429])
            #expect(try HTTPCall("GET", "/v1/guilds", port: port, secret: "hunter2").status == 200)
        }
    }

    @Test func `a guild is pushed, read, changed and taken away`() throws {
        try TestServer.run { server in
            let port = server.apiEndpoint.port
            #expect(try HTTPCall("GET", "/v1/guilds/7", port: port).status == 404)
            let pushed = try HTTPCall("PUT", "/v1/guilds/7", port: port, body: Self.guild())
            #expect(pushed.status == 200, "\(pushed.text)")
            #expect(pushed.text.contains("\"applied\":true"))
            #expect(
                try HTTPCall("PUT", "/v1/guilds/7", port: port, body: Self.guild()).text.contains("\"applied\":false"))
            let read = try HTTPCall("GET", "/v1/guilds/7", port: port)
            #expect((read.json as? [String: Any])?["guild_id"] as? String == "7")
            #expect(!read.text.contains("token"), "secrets stay inside")
            #expect(try HTTPCall("GET", "/v1/guilds", port: port).text.contains("\"guild_id\":\"7\""))

            let newer = try HTTPCall(
                "PUT", "/v1/guilds/7", port: port, body: Self.guild(epoch: 2, channels: [70, 71]))
            #expect(newer.status == 200, "\(newer.text)")
            let stale = try HTTPCall("PUT", "/v1/guilds/7", port: port, body: Self.guild(epoch: 1, revision: 9))
            #expect(stale.status == 409)
            #expect(stale.errorCode == "stale")

            #expect(try HTTPCall("DELETE", "/v1/guilds/7", port: port).status == 400)
            #expect(try HTTPCall("DELETE", "/v1/guilds/7?epoch=1", port: port).status == 409)
            #expect(try HTTPCall("DELETE", "/v1/guilds/7?epoch=2", port: port).status == 200)
            #expect(try HTTPCall("DELETE", "/v1/guilds/7?epoch=2", port: port).status == 404)
            #expect(try HTTPCall("GET", "/v1/guilds/7", port: port).status == 404)
        }
    }

    @Test func `what is wrong with a push is said with its place`() throws {
        try TestServer.run(["api.body": "1 KiB"]) { server in
            let port = server.apiEndpoint.port
            func put(_ body: String, type: String? = "application/json", to path: String = "/v1/guilds/7") throws
                -> HTTPCall
            {
                try HTTPCall("PUT", path, port: port, body: body, type: type)
            }
            #expect(try put("{").status == 400)
            #expect(try put("[]").status == 422)
            let odd = try put(Self.guild().replacing("\"epoch\":1", with: "\"epoch\":\"x\""))
            #expect(odd.status == 422)
            #expect(odd.text.contains("\"path\":\"epoch\""), "\(odd.text)")
            let deep = try put(Self.guild().replacing("\"user_id\":\"700\"", with: "\"user_id\":\"who\""))
            #expect(deep.text.contains("\"path\":\"voice_states[0].user_id\""), "\(deep.text)")
            #expect(try put(Self.guild(8)).status == 422)
            #expect(try put(Self.guild(), to: "/v1/guilds/seven").status == 400)
            #expect(try put(Self.guild(), type: "text/plain").status == 415)
            #expect(try put(Self.guild(), type: nil).status == 415)
            #expect(try put(Self.guild(), type: "application/json; charset=utf-8").status == 200)
            #expect(try put(String(repeating: " ", count: 1025)).status == 413)
        }
    }

    @Test func `a body without a length is limited too`() throws {
        try TestServer.run(["api.body": "1 KiB"]) { server in
            let chunk = "200\r\n" + String(repeating: " ", count: 512) + "\r\n"
            let call = try HTTPCall(
                raw: "PUT /v1/guilds/7 HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
                    + "transfer-encoding: chunked\r\n\r\n" + chunk + chunk + chunk, port: server.apiEndpoint.port)
            #expect(call.status == 413)
        }
    }

    @Test func `what is not there is said, and what is allowed`() throws {
        try TestServer.run { server in
            let port = server.apiEndpoint.port
            for path in ["/", "/v1", "/v1/guilds/", "/v1/guilds/7/8", "/v2/guilds", "/HEALTH", "/v1/rooms/1"] {
                let call = try HTTPCall("GET", path, port: port)
                #expect(call.status == 404 || call.status == 400, "\(path)")
            }
            let wrong = try HTTPCall("POST", "/v1/guilds/7", port: port)
            #expect(wrong.status == 405)
            #expect(wrong.headers["allow"] == "GET, PUT, DELETE")
            #expect(try HTTPCall("GET", "/v1/guilds/%FF", port: port).status == 400)
            #expect(try HTTPCall("GET", "/v1/rooms?limit=0", port: port).status == 400)
            #expect(try HTTPCall("GET", "/v1/rooms?after=x", port: port).status == 400)
            #expect(try HTTPCall("GET", "/v1/rooms/7/70", port: port).errorCode == "unknown_room")
        }
    }

    @Test func `malformed requests are refused`() throws {
        try TestServer.run { server throws in
            let port = server.apiEndpoint.port
            #expect(try HTTPCall(raw: "nonsense\r\n\r\n", port: port).status == 400)
            let huge = "x: " + String(repeating: "y", count: 64 << 10)
            #expect(try HTTPCall(raw: "GET /health HTTP/1.1\r\n\(huge)\r\n\r\n", port: port).status == 400)
            #expect(try HTTPCall("GET", "/health", port: port).status == 200)
        }
    }

    @Test func `a connection is kept for more requests, in order`() throws {
        try TestServer.run { server in
            let client = try ByteClient(port: server.apiEndpoint.port)
            let request = "GET /health HTTP/1.1\r\nhost: a\r\n\r\n"
            client.send(request + request)
            for _ in 0..<2 { #expect(try client.read(through: "\"}").contains("200 OK")) }
            client.send(request)
            #expect(try client.read(through: "\"}").contains("\"ok\""))
        }
    }

    @Test func `rooms are listed page by page`() throws {
        try TestServer.run { server in
            let port = server.apiEndpoint.port
            let pushed = try HTTPCall(
                "PUT", "/v1/guilds/7", port: port, body: Self.guild(channels: Array(70..<75)))
            #expect(pushed.status == 200, "\(pushed.text)")
            var seen: [String] = []
            var after: String?
            repeat {
                let page = try HTTPCall(
                    "GET", "/v1/rooms?guild_id=7&limit=2" + (after.map { "&after=\($0)" } ?? ""), port: port)
                let body = page.json as? [String: Any]
                let rooms = body?["rooms"] as? [[String: Any]] ?? []
                #expect(rooms.count <= 2)
                seen += rooms.compactMap { $0["channel_id"] as? String }
                after = body?["next"] as? String
            } while after != nil
            #expect(seen == ["70", "71", "72", "73", "74"])
            #expect(try HTTPCall("GET", "/v1/rooms?guild_id=8", port: port).text.contains("\"rooms\":[]"))
        }
    }

    @Test func `a draining instance says that it is not ready, and why`() throws {
        try TestServer.run { server in
            let port = server.apiEndpoint.port
            #expect(try HTTPCall("GET", "/ready", port: port).status == 200)
            #expect(try HTTPCall("POST", "/v1/drain", port: port).text.contains("\"drained\":true"))
            let ready = try HTTPCall("GET", "/ready", port: port)
            #expect(ready.status == 503)
            #expect(ready.errorMessage?.isEmpty == false)
            #expect(try HTTPCall("GET", "/health", port: port).status == 200)
        }
    }
}
