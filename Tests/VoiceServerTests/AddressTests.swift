import Foundation
import LiveRoom
import MediaPlane
import PacketCapture
import Testing
import VoiceServer

/// On the wire: what clients get from the gateway, and what they can ask of either port over HTTP, tells nobody's address.
@Suite struct AddressTests {
    /// A client with a socket of its own at an address of its own.
    private struct Member: ~Copyable {
        let client: WebSocketClient
        var socket: DatagramSocket

        init(_ server: VoiceServer, user: Int) throws {
            let socket = try DatagramSocket(bind: Endpoint(ipv4: 0x7F00_0700 + UInt32(user), port: 0))
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            client.send(
                """
                {"op":0,"d":{"server_id":"7","user_id":"\(user)","session_id":"s\(user)","token":"t"}}
                """)
            let place = socket.localEndpoint
            self.socket = socket
            self.client = client
            client.send(
                """
                {"op":1,"d":{"protocol":"udp","data":\
                {"address":"\(place.address)","port":\(place.port),"mode":"aead_aes256_gcm_rtpsize"}}}
                """)
        }

        /// What has come up to the answer to a heartbeat, which is the last.
        func read() throws -> [String] {
            client.send("{\"op\":3,\"d\":{\"t\":7,\"seq_ack\":0}}")
            var texts: [String] = []
            while texts.last?.contains("\"op\":6") != true {
                let frame = try client.read()
                texts.append(frame.text)
                if frame.opcode == 8 { break }
            }
            return texts
        }
    }

    private static let plain = Endpoint(ipv4: 0x7F00_0799, port: 45_678)

    private static func push(_ server: VoiceServer) throws {
        let voices = [100, 101].map {
            "{\"user_id\":\"\($0)\",\"channel_id\":\"70\",\"session_id\":\"s\($0)\",\"token\":\"t\"}"
        }
        let pushed = try HTTPCall(
            "PUT", "/v1/guilds/7", port: server.apiEndpoint.port,
            body: """
                {"guild_id":"7","epoch":1,"revision":1,\
                "channels":[{"channel_id":"70","pipeline":"guild-voice"}],\
                "voice_states":[\(voices.joined(separator: ","))],\
                "participants":[{"participant_id":"102","channel_id":"70","address":"\(plain)"}]}
                """, secret: "hunter2")
        try #require(pushed.status == 200, "\(pushed.text)")
    }

    /// All that a client can ask without the secret, of the gateway's port and of the API's.
    private static func answers(_ server: VoiceServer) throws -> [String] {
        let paths = [
            "/", "/?v=8", "/health", "/ready", "/metrics", "/openapi.json", "/v1/guilds", "/v1/guilds/7", "/v1/rooms",
            "/v1/rooms?guild_id=7", "/v1/rooms/7/70", "/v1/instance", "/v1/drain", "/v1/rooms/7/71",
        ]
        var answers: [String] = []
        for path in paths {
            for port in [server.gatewayEndpoint.port, server.apiEndpoint.port] {
                for method in ["GET", "POST", "PUT", "DELETE"] {
                    let call = try HTTPCall(method, path, port: port, body: method == "PUT" ? "{}" : nil)
                    // The description of the API has examples.
                    guard path != "/openapi.json" || call.status != 200 else { continue }
                    answers.append("\(method) \(path): \(call.status) \(call.headers) \(call.text)")
                }
            }
        }
        return answers
    }

    @Test func `no message and no answer tells where anybody is`() throws {
        try TestServer.run(["api.secret": "hunter2", "plain-rtp": "allowed"]) { server in
            try Self.push(server)
            var first = try Member(server, user: 100)
            var second = try Member(server, user: 101)
            let said = try first.read() + second.read()
            // Each asks from where it is, so that the shard knows.
            let room = try Self.room(server)
            for (user, ssrc) in room.ssrcs where user < 102 {
                var request = [UInt8](repeating: 0, count: IPDiscovery.bytes)
                var span = request.mutableSpan
                IPDiscovery.writeRequest(ssrc: ssrc, into: &span)
                let target = try Self.media(server)
                if user == 100 {
                    first.socket.send(request.span, to: target)
                } else {
                    second.socket.send(request.span, to: target)
                }
            }
            let places = [first.socket.localEndpoint, second.socket.localEndpoint, Self.plain]
            let end = Date(timeIntervalSinceNow: ByteClient.patience)
            while try Self.room(server).endpoints != Set(places.map(\.description)), Date() < end {}
            #expect(try Self.room(server).endpoints == Set(places.map(\.description)), "with the secret they are told")
            let later = try first.read() + second.read()
            let answers = try Self.answers(server)
            #expect(said.count >= 12 && answers.count > 100)
            for text in said + later + answers {
                for place in places {
                    #expect(!text.contains(place.address), "\(place) in: \(text)")
                    let isPort = text.split { !$0.isNumber }.contains { $0 == "\(place.port)" }
                    #expect(!isPort, "\(place) in: \(text)")
                }
            }
        }
    }

    private static func media(_ server: VoiceServer) throws -> Endpoint {
        let port = server.mediaEndpoints.first?.split(separator: ":").last.flatMap { UInt16($0) }
        return Endpoint(ipv4: 0x7F00_0001, port: try #require(port))
    }

    private static func room(_ server: VoiceServer) throws -> (ssrcs: [Int: UInt32], endpoints: Set<String>) {
        let call = try HTTPCall("GET", "/v1/rooms/7/70", port: server.apiEndpoint.port, secret: "hunter2")
        let members = (call.json as? [String: Any])?["members"] as? [[String: Any]] ?? []
        var ssrcs: [Int: UInt32] = [:]
        for member in members {
            guard let id = (member["id"] as? String).flatMap({ Int($0) }), let ssrc = member["ssrc"] as? Int else {
                continue
            }
            ssrcs[id] = UInt32(ssrc)
        }
        return (ssrcs, Set(members.compactMap { $0["endpoint"] as? String }))
    }
}
