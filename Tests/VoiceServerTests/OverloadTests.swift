import Foundation
import MediaPlane
import PacketCapture
import Testing
import VoiceServer

/// A shard that has too much to do: here, to throw away what nobody asked for.
@Suite struct OverloadTests {
    private static let file = """
        admission: { load: 20 % }
        dev: { token: secret, guild: 9, channel: 90 }
        """

    @Test func `who comes is refused and told to stay away, who is in stays`() throws {
        try TestServer.run(file: Self.file) { server in
            let inside = try Self.identify(server, user: 100)
            #expect(try inside.readJSON()["op"] as? Int == 2)
            let target = try Self.target(server)
            var refusal: WebSocketClient.Frame?
            var user = 100
            let end = Date(timeIntervalSinceNow: ByteClient.patience)
            while refusal == nil, Date() < end {
                try Self.flood(target, for: 0.5)
                user += 1
                let answer = try Self.identify(server, user: user).read()
                if answer.opcode == 8 { refusal = answer }
            }
            #expect(refusal?.code == 4014)
            #expect(refusal?.reason == "the voice server is overloaded")
            let ready = try HTTPCall("GET", "/ready", port: server.apiEndpoint.port)
            #expect(ready.status == 503 && ready.errorMessage?.contains("loaded") == true, "\(ready.text)")
            #expect(try HTTPCall("GET", "/health", port: server.apiEndpoint.port).status == 200)
            inside.send("{\"op\":3,\"d\":{\"t\":7,\"seq_ack\":0}}")
            #expect(try inside.readJSON()["op"] as? Int == 6)
            let outcomes = try Metrics(server).samples.filter { $0.name == "parley_gateway_identifies_total" }
            #expect(outcomes.first { $0.labels["outcome"] == "overloaded" }?.value ?? 0 >= 1)
        }
    }

    private static func identify(_ server: VoiceServer, user: Int) throws -> WebSocketClient {
        let client = try WebSocketClient(port: server.gatewayEndpoint.port)
        #expect(try client.readJSON()["op"] as? Int == 8)
        client.send(
            """
            {"op":0,"d":{"server_id":"9","user_id":"\(user)","session_id":"s\(user)","token":"secret"}}
            """)
        return client
    }

    private static func target(_ server: VoiceServer) throws -> Endpoint {
        let port = server.mediaEndpoints.first?.split(separator: ":").last.flatMap { UInt16($0) }
        return Endpoint(ipv4: 0x7F00_0001, port: try #require(port))
    }

    /// Sends what looks like RTP of nobody.
    private static func flood(_ target: Endpoint, for seconds: Double) throws {
        let datagram: [UInt8] = [0x80, 120] + [UInt8](repeating: 0x55, count: 90)
        var socket = try DatagramSocket(bind: Endpoint(ipv4: 0x7F00_0001, port: 0))
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end { for _ in 0..<64 { socket.send(datagram.span, to: target) } }
    }
}
