import Foundation

/// A WebSocket client that can break every rule (RFC 6455).
struct WebSocketClient {
    struct Frame {
        var opcode: UInt8
        var isFinal: Bool
        var payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
        /// Of a close frame.
        var code: Int? { opcode == 8 && payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
        var reason: String { String(decoding: payload.dropFirst(2), as: UTF8.self) }
    }

    let bytes: ByteClient
    /// The server's answer to the handshake.
    let handshake: String

    init(
        port: Int, target: String = "/?v=8", trusting certificate: String? = nil, name: String? = "localhost",
        extensions: String? = nil, reads: Bool = true
    ) throws {
        bytes = try ByteClient(port: port, trusting: certificate, name: name, reads: reads)
        bytes.send(
            "GET \(target) HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
                + "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
                + (extensions.map { "sec-websocket-extensions: \($0)\r\n" } ?? "") + "\r\n")
        handshake = reads ? try bytes.read(through: "\r\n\r\n") : ""
    }

    func send(_ text: String) { send(opcode: 1, Array(text.utf8)) }

    func send(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true, isMasked: Bool = true, reserved: UInt8 = 0) {
        var frame: [UInt8] = [(isFinal ? 0x80 : 0) | reserved | opcode]
        let mask: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ..<126: frame.append(mask | UInt8(payload.count))
        case ..<65536: frame += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default: frame += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - $0 * 8)) }
        }
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        if isMasked { frame += key }
        frame += isMasked ? payload.enumerated().map { $1 ^ key[$0 % 4] } : payload
        bytes.send(frame)
    }

    func read() throws -> Frame {
        let head = try bytes.read(count: 2)
        var count = Int(head[1] & 0x7F)
        if count == 126 { count = try bytes.read(count: 2).reduce(0) { $0 << 8 | Int($1) } }
        if count == 127 { count = try bytes.read(count: 8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(opcode: head[0] & 0x0F, isFinal: head[0] & 0x80 != 0, payload: try bytes.read(count: count))
    }

    /// The next message, or close frame.
    func readJSON() throws -> [String: Any] {
        let frame = try read()
        return (try? JSONSerialization.jsonObject(with: Data(frame.payload))) as? [String: Any]
            ?? ["close": frame.code ?? 0, "reason": frame.reason]
    }

    /// The close frame, and that nothing comes after it.
    func readClose() throws -> Frame {
        while true {
            let frame = try read()
            if frame.opcode == 8 { return frame }
        }
    }
}
