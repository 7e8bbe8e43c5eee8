import Foundation

/// What a client of the voice gateway is sent, as far as it matters to it.
enum GatewayMessage: Sendable, Hashable {
    case hello(heartbeatInterval: Double)
    case ready(ssrc: UInt32, address: String, port: UInt16, modes: [String])
    case sessionDescription(mode: String, key: [UInt8])
    case speaking(user: String, ssrc: UInt32, flags: Int)
    case heartbeatAck
    case resumed
    case clientsConnect(users: [String])
    case clientDisconnect(user: String)
    /// An operation that clients need not know.
    case other(operation: Int)

    /// The longest message that is taken.
    static let maximumBytes = 1 << 16

    /// - Returns: the message, with its number if it has one.
    static func parse(_ text: String) throws(VoiceSessionError) -> (message: GatewayMessage, number: Int?) {
        guard text.utf8.count <= maximumBytes else { throw .badMessage("\(text.utf8.count) bytes") }
        let data = Data(text.utf8)
        do {
            let envelope = try decoder.decode(Envelope.self, from: data)
            return (try body(envelope.op, data), envelope.seq)
        } catch {
            throw .badMessage(String(text.prefix(120)))
        }
    }

    private static func body(_ operation: Int, _ data: Data) throws -> GatewayMessage {
        func decode<Content: Decodable>(_ type: Content.Type) throws -> Content {
            try decoder.decode(Holder<Content>.self, from: data).d
        }
        switch operation {
        case 2:
            let ready = try decode(Ready.self)
            return .ready(ssrc: ready.ssrc, address: ready.ip, port: ready.port, modes: ready.modes)
        case 4:
            let description = try decode(Description.self)
            return .sessionDescription(mode: description.mode, key: description.secretKey)
        case 5:
            let speaking = try decode(Speaking.self)
            return .speaking(user: speaking.userId?.text ?? "", ssrc: speaking.ssrc, flags: speaking.speaking)
        case 6: return .heartbeatAck
        case 8: return .hello(heartbeatInterval: try decode(Hello.self).heartbeatInterval)
        case 9: return .resumed
        case 11: return .clientsConnect(users: try decode(Users.self).userIds.map(\.text))
        case 13: return .clientDisconnect(user: try decode(User.self).userId.text)
        default: return .other(operation: operation)
        }
    }

    // The names are the protocol's, in Swift's spelling.

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    private struct Envelope: Decodable {
        let op: Int
        let seq: Int?
    }

    private struct Holder<Content: Decodable>: Decodable { let d: Content }

    private struct Hello: Decodable { let heartbeatInterval: Double }

    private struct Ready: Decodable {
        let ssrc: UInt32
        let ip: String
        let port: UInt16
        let modes: [String]
    }

    private struct Description: Decodable {
        let mode: String
        let secretKey: [UInt8]
    }

    private struct Speaking: Decodable {
        let userId: Snowflake?
        let ssrc: UInt32
        let speaking: Int
    }

    private struct Users: Decodable { let userIds: [Snowflake] }
    private struct User: Decodable { let userId: Snowflake }

    /// An identifier: a string, by rule; some servers send a number.
    private struct Snowflake: Decodable {
        let text: String

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            text = try (try? value.decode(String.self)) ?? String(value.decode(UInt64.self))
        }
    }
}

/// What a client sends.
enum GatewayRequest {
    static func identify(_ identity: VoiceIdentity) -> String {
        var content: [String: Value] = [
            "server_id": .text(identity.guild), "user_id": .text(identity.user), "session_id": .text(identity.session),
            "token": .text(identity.token), "max_dave_protocol_version": .number(0),
        ]
        if let channel = identity.channel { content["channel_id"] = .text(channel) }
        return encode(0, content)
    }

    static func resume(_ identity: VoiceIdentity, last: Int) -> String {
        var content: [String: Value] = [
            "server_id": .text(identity.guild), "session_id": .text(identity.session), "token": .text(identity.token),
        ]
        if identity.version >= 8 { content["seq_ack"] = .number(last) }
        return encode(7, content)
    }

    static func heartbeat(version: Int, nonce: Int, last: Int) -> String {
        version >= 8
            ? encode(3, ["t": .number(nonce), "seq_ack": .number(last)]) : #"{"op":3,"d":\#(nonce)}"#
    }

    static func selectProtocol(address: String, port: UInt16, mode: String) -> String {
        encode(
            1,
            [
                "protocol": .text("udp"),
                "data": .object(["address": .text(address), "port": .number(Int(port)), "mode": .text(mode)]),
            ])
    }

    static func speaking(_ flags: SpeakingFlags, ssrc: UInt32) -> String {
        encode(5, ["speaking": .number(flags.rawValue), "delay": .number(0), "ssrc": .number(Int(ssrc))])
    }

    private indirect enum Value: Encodable {
        case text(String)
        case number(Int)
        case object([String: Value])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .number(let number): try container.encode(number)
            case .object(let object): try container.encode(object)
            }
        }
    }

    private struct Message: Encodable {
        let op: Int
        let d: [String: Value]
    }

    private static func encode(_ operation: Int, _ content: [String: Value]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // Strings and numbers alone: there is nothing that could fail.
        guard let data = try? encoder.encode(Message(op: operation, d: content)) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}
