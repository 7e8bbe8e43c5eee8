import Foundation
import Testing
import VoiceServer

/// The WebSocket itself; what is said on it is the instance's matter.
@Suite struct GatewayTests {
    @Test func `a client is greeted`() throws {
        try TestServer.run { server in
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            #expect(client.handshake.hasPrefix("HTTP/1.1 101"))
            #expect(client.handshake.lowercased().contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo="))
            let hello = try client.readJSON()
            #expect(hello["op"] as? Int == 8)
        }
    }

    @Test func `compression is declined`() throws {
        try TestServer.run { server in
            let client = try WebSocketClient(
                port: server.gatewayEndpoint.port, extensions: "permessage-deflate; client_max_window_bits=15")
            #expect(!client.handshake.lowercased().contains("sec-websocket-extensions"))
        }
    }

    @Test func `what is no WebSocket gets a short answer`() throws {
        try TestServer.run { server in
            let port = server.gatewayEndpoint.port
            let plain = try HTTPCall("GET", "/?v=8", port: port)
            #expect(plain.status == 426)
            #expect(plain.headers["upgrade"] == "websocket")
            #expect(try HTTPCall("GET", "/elsewhere", port: port).status == 404)
            #expect(try HTTPCall("POST", "/v1/drain", port: port).status == 404)
            #expect(try HTTPCall(raw: "nonsense\r\n\r\n", port: port).status == 400)
            let elsewhere = try HTTPCall(
                "GET", "/elsewhere", port: port,
                headers: [
                    "upgrade": "websocket", "connection": "Upgrade", "sec-websocket-version": "13",
                    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
                ])
            #expect(elsewhere.status == 404)
        }
    }

    @Test func `a ping is answered with what it carries`() throws {
        try TestServer.run { server in
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            _ = try client.read()
            client.send(opcode: 9, Array("hello".utf8))
            let pong = try client.read()
            #expect(pong.opcode == 10)
            #expect(pong.text == "hello")
        }
    }

    @Test func `a close frame is answered with its code, and the connection ends`() throws {
        try TestServer.run { server in
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            client.send(opcode: 8, [0x0F, 0xA0])
            #expect(try client.readClose().code == 4000)
            #expect(try client.bytes.readToEnd().isEmpty)
        }
    }

    @Test(arguments: [
        ("unmasked", 1002), ("reserved bit", 1002), ("unknown opcode", 1002), ("long ping", 1002),
        ("fragmented ping", 1002), ("stray continuation", 1002), ("message within a message", 1002), ("binary", 1003),
        ("no UTF-8", 1007), ("too large", 1009), ("too large in fragments", 1009), ("too many fragments", 1008),
        ("too many pings", 1008),
    ])
    func `who breaks the rules is told which, and closed`(rule: String, code: Int) throws {
        try TestServer.run { server in
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            let text = Array("{}".utf8)
            switch rule {
            case "unmasked": client.send(opcode: 1, text, isMasked: false)
            case "reserved bit": client.send(opcode: 1, text, reserved: 0x40)
            case "unknown opcode": client.send(opcode: 3, text)
            case "long ping": client.send(opcode: 9, [UInt8](repeating: 0, count: 126))
            case "fragmented ping": client.send(opcode: 9, text, isFinal: false)
            case "stray continuation": client.send(opcode: 0, text)
            case "message within a message":
                client.send(opcode: 1, text, isFinal: false)
                client.send(opcode: 1, text)
            case "binary": client.send(opcode: 2, text)
            case "no UTF-8": client.send(opcode: 1, [0xC3, 0x28])
            case "too large": client.send(opcode: 1, [UInt8](repeating: 0x20, count: 16385))
            case "too large in fragments":
                client.send(opcode: 1, [UInt8](repeating: 0x20, count: 16000), isFinal: false)
                client.send(opcode: 0, [UInt8](repeating: 0x20, count: 385))
            case "too many fragments":
                client.send(opcode: 1, [0x20], isFinal: false)
                for _ in 0..<16 { client.send(opcode: 0, [0x20], isFinal: false) }
            default: for _ in 0..<100 { client.send(opcode: 9, []) }
            }
            #expect(try client.readClose().code == code)
        }
    }

    @Test func `a message may come in fragments, with pings between`() throws {
        try TestServer.run { server in
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            #expect(try client.readJSON()["op"] as? Int == 8)
            client.send(opcode: 1, Array("{\"op\":".utf8), isFinal: false)
            client.send(opcode: 9, [1])
            client.send(opcode: 0, Array("99}".utf8))
            #expect(try client.read().opcode == 10)
            #expect(try client.readClose().code == 4001)
        }
    }

    /// The close frame that ends the flood does not reach it; what others cause is for `SlowReaderTests`.
    @Test func `a client that floods and never reads is cut off, and others notice nothing`() throws {
        try TestServer.run(["gateway.unsent": "64 MiB"]) { server in
            let port = server.gatewayEndpoint.port
            let other = try WebSocketClient(port: port)
            _ = try other.read()
            let client = try WebSocketClient(port: port, reads: false)
            let ping = [UInt8](repeating: 0x55, count: 125)
            var metrics = try Metrics(server)
            let end = Date(timeIntervalSinceNow: ByteClient.patience)
            while metrics["parley_gateway_sockets"] == 2, Date() < end {
                for _ in 0..<200 { client.send(opcode: 9, ping) }
                metrics = try Metrics(server)
            }
            #expect(metrics["parley_gateway_sockets"] == 1)
            #expect(metrics["parley_gateway_stalls_total"] == 0, "not for what it had caused to be sent")
            other.send(opcode: 9, [7])
            #expect(try other.read().payload == [7])
        }
    }

    @Test func `who connects too often is turned away, and let in later`() throws {
        try TestServer.run(["gateway.accepts": "2"]) { server in
            let port = server.gatewayEndpoint.port
            var clients: [WebSocketClient] = []
            var refused = 0
            for _ in 0..<12 {
                if let client = try? WebSocketClient(port: port) { clients.append(client) } else { refused += 1 }
            }
            #expect(clients.count >= 4)
            #expect(refused > 0)
            let end = Date(timeIntervalSinceNow: ByteClient.patience)
            var late: WebSocketClient?
            while late == nil, Date() < end { late = try? WebSocketClient(port: port) }
            #expect(late != nil)
        }
    }

    @Test func `there are never more connections than allowed`() throws {
        try TestServer.run(["gateway.connections": "2"]) { server in
            let port = server.gatewayEndpoint.port
            let first = try WebSocketClient(port: port)
            let second = try WebSocketClient(port: port)
            #expect(throws: ByteClient.Timeout.self) { try WebSocketClient(port: port) }
            first.bytes.close()
            let end = Date(timeIntervalSinceNow: ByteClient.patience)
            var third: WebSocketClient?
            while third == nil, Date() < end { third = try? WebSocketClient(port: port) }
            #expect(third != nil)
            _ = second
        }
    }

    @Test func `a handshake that does not end is ended`() throws {
        try TestServer.run(["gateway.handshake-timeout": "200 ms"]) { server in
            let client = try ByteClient(port: server.gatewayEndpoint.port)
            client.send("GET / HTTP/1.1\r\n")
            #expect(try client.readToEnd().isEmpty)
            #expect(try Metrics(server)["parley_gateway_handshakes_failed_total"] == 1)
        }
    }

    @Test func `who never says who they are is closed`() throws {
        try TestServer.run(["gateway.identify-timeout": "200 ms"]) { server in
            let client = try WebSocketClient(port: server.gatewayEndpoint.port)
            #expect(try client.readClose().code == 4009)
        }
    }

    @Test func `stopping sends clients elsewhere`() throws {
        let server = try VoiceServer.startAndWait(try TestServer.configuration(), logger: .quiet)
        let client = try WebSocketClient(port: server.gatewayEndpoint.port)
        _ = try client.read()
        server.stop {}
        #expect(try client.readClose().code == 4015)
        client.send(opcode: 8, [0x0F, 0xAF])
        _ = try client.bytes.readToEnd()
        server.stopAndWait()
        #expect(throws: (any Error).self) { try ByteClient(port: server.gatewayEndpoint.port) }
        #expect(throws: (any Error).self) { try ByteClient(port: server.apiEndpoint.port) }
    }
}
