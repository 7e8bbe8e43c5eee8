import Foundation
import Testing
import VoiceServer

/// Clients that do not take what is sent to them.
@Suite struct SlowReaderTests {
    /// Participants who come and go with each push; each is a message to everybody else. Together they are less than may be
    /// unsent, so that whoever reads in between is never cut off.
    private static let perPush = 100
    private static let pushes = 200

    @Test func `a client that never reads what others cause is cut off, and they get everything`() throws {
        try TestServer.run(["gateway.unsent": "16 KiB", "plain-rtp": "allowed", "api.body": "1 MiB"]) { server in
            try Self.push(server, revision: 1, participants: 0)
            let reader = try Self.join(server, user: 100, reads: true)
            let mute = try Self.join(server, user: 101, reads: false)
            let visible = try Self.wait(reader, for: 11) { $0.contains("\"101\"") }
            #expect(visible)
            var revision = 1
            var heard = 0
            while try Metrics(server)["parley_gateway_stalls_total"] == 0, revision < Self.pushes {
                revision += 1
                let isComing = revision % 2 == 0
                try Self.push(server, revision: revision, participants: isComing ? Self.perPush : 0)
                for _ in 0..<Self.perPush {
                    if try Self.wait(reader, for: isComing ? 11 : 13, { _ in true }) { heard += 1 }
                }
            }
            #expect(try Metrics(server)["parley_gateway_stalls_total"] == 1, "after \(revision) pushes")
            #expect(heard == (revision - 1) * Self.perPush)
            reader.send("{\"op\":3,\"d\":{\"t\":7,\"seq_ack\":0}}")
            #expect(try Self.wait(reader, for: 6) { _ in true })
            let end = Date(timeIntervalSinceNow: ByteClient.patience)
            while try Metrics(server)["parley_gateway_sockets"] != 1, Date() < end {}
            #expect(try Metrics(server)["parley_gateway_sockets"] == 1)
            _ = mute
        }
    }

    private static func push(_ server: VoiceServer, revision: Int, participants: Int) throws {
        let voices = [100, 101].map {
            "{\"user_id\":\"\($0)\",\"channel_id\":\"70\",\"session_id\":\"s\($0)\",\"token\":\"t\"}"
        }
        let people = (0..<participants).map {
            "{\"participant_id\":\"\(1000 + $0)\",\"channel_id\":\"70\",\"address\":\"127.0.0.1:\(20_000 + $0)\"}"
        }
        let pushed = try HTTPCall(
            "PUT", "/v1/guilds/7", port: server.apiEndpoint.port,
            body: """
                {"guild_id":"7","epoch":1,"revision":\(revision),\
                "channels":[{"channel_id":"70","pipeline":"guild-voice"}],\
                "voice_states":[\(voices.joined(separator: ","))],"participants":[\(people.joined(separator: ","))]}
                """)
        #expect(pushed.status == 200, "\(pushed.text)")
    }

    /// A client that has its keys, so that it is told of the others.
    private static func join(_ server: VoiceServer, user: Int, reads: Bool) throws -> WebSocketClient {
        let client = try WebSocketClient(port: server.gatewayEndpoint.port, reads: reads)
        client.send(
            "{\"op\":0,\"d\":{\"server_id\":\"7\",\"user_id\":\"\(user)\",\"session_id\":\"s\(user)\",\"token\":\"t\"}}"
        )
        client.send(
            """
            {"op":1,"d":{"protocol":"udp","data":{"address":"127.0.0.1","port":9,"mode":"aead_aes256_gcm_rtpsize"}}}
            """)
        return client
    }

    /// Reads on until a message of this operation.
    private static func wait(
        _ client: WebSocketClient, for operation: Int, _ isIt: (String) -> Bool
    ) throws -> Bool {
        while true {
            let frame = try client.read()
            guard frame.opcode == 1 else { return false }
            if frame.text.contains("\"op\":\(operation),") && isIt(frame.text) { return true }
        }
    }
}
