import Foundation
import Testing
import VoiceServer

@Suite struct DevelopmentTests {
    private static func identify(
        user: Int, guild: Int = 9, session: String? = nil, token: String = "secret", channel: Int? = nil
    ) -> String {
        let place = channel.map { ",\"channel_id\":\"\($0)\"" } ?? ""
        return """
            {"op":0,"d":{"server_id":"\(guild)","user_id":"\(user)","session_id":"\(session ?? "s\(user)")","token":"\(token)"\(place)}}
            """
    }

    private static let file = "dev: { token: secret, guild: 9, channel: 90 }"

    @Test func `everybody with the token is let in, and nobody without`() throws {
        try TestServer.run(file: Self.file) { server in
            let port = server.gatewayEndpoint.port
            var clients: [WebSocketClient] = []
            for user in [100, 101] {
                let client = try WebSocketClient(port: port)
                #expect(try client.readJSON()["op"] as? Int == 8)
                client.send(Self.identify(user: user))
                let ready = try client.readJSON()
                #expect(ready["op"] as? Int == 2, "\(ready)")
                clients.append(client)
            }
            for wrong in [
                Self.identify(user: 102, token: "guess"), Self.identify(user: 102, guild: 8),
                Self.identify(user: 100, session: "another", token: "guess"),
            ] {
                let client = try WebSocketClient(port: port)
                client.send(wrong)
                #expect([4004, 4011, 4006].contains(try client.readClose().code ?? 0))
            }
            for client in clients {
                client.send("{\"op\":3,\"d\":{\"t\":7,\"seq_ack\":0}}")
                #expect(try client.readJSON()["op"] as? Int == 6, "who guesses ends nobody's session")
            }
            let room = try HTTPCall("GET", "/v1/rooms/9/90", port: server.apiEndpoint.port)
            #expect(((room.json as? [String: Any])?["members"] as? [Any])?.count == 2, "\(room.text)")
        }
    }

    @Test func `another channel is made for who asks for it`() throws {
        try TestServer.run(file: Self.file) { server in
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            _ = try client.readJSON()
            client.send(Self.identify(user: 100, channel: 91))
            #expect(try client.readJSON()["op"] as? Int == 2)
            #expect(try HTTPCall("GET", "/v1/rooms/9/91", port: server.apiEndpoint.port).status == 200)
        }
    }
}
