import PacketCapture

/// Why a connection is closed.
struct GatewayRefusal: Error, Hashable {
    var code: CloseCode
    var reason: String

    init(_ code: CloseCode, _ reason: String) {
        self.code = code
        self.reason = reason
    }
}

/// What clients say on the voice gateway, understood.
enum ClientMessage: Hashable {
    struct Identify: Hashable {
        var server: Snowflake
        var user: Snowflake
        var session: String
        var token: String
    }

    struct Resume: Hashable {
        var server: Snowflake
        var session: String
        var token: String
        /// Of the last message that was seen; nil: none is named.
        var acknowledged: Int?
    }

    struct SelectProtocol: Hashable {
        var mode: String
        var destination: Endpoint
    }

    case identify(Identify)
    case selectProtocol(SelectProtocol)
    /// - Parameters:
    ///   - nonce: as JSON text, to be echoed.
    case heartbeat(nonce: String, acknowledged: Int?)
    case speaking(SpeakingFlags, ssrc: UInt32?)
    case resume(Resume)
}

/// What is sent: a microphone, sound that is shared, a priority speaker's voice.
struct SpeakingFlags: OptionSet, Hashable {
    let rawValue: UInt8

    static let microphone = SpeakingFlags(rawValue: 1 << 0)
    static let soundshare = SpeakingFlags(rawValue: 1 << 1)
    static let priority = SpeakingFlags(rawValue: 1 << 2)
    static let all: SpeakingFlags = [.microphone, .soundshare, .priority]
}

extension ClientMessage {
    /// Bytes that an id of a session, a token, a name or a nonce may have.
    static let maximumTextBytes = 512

    init(parsing bytes: [UInt8]) throws(GatewayRefusal) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONParser.parse(bytes)
        } catch {
            throw GatewayRefusal(.undecodable, "not JSON at byte \(error.offset): \(error.text)")
        }
        guard let operation = root["op"]?.integer else {
            throw GatewayRefusal(.undecodable, "a message is an object with an integer 'op'")
        }
        switch operation {
        case 0: self = .identify(try Identify(root["d"]))
        case 1: self = .selectProtocol(try SelectProtocol(root["d"]))
        case 3: self = try Self.heartbeat(root["d"])
        case 5: self = try Self.speaking(root["d"])
        case 7: self = .resume(try Resume(root["d"]))
        default: throw GatewayRefusal(.unknownOpcode, "opcode \(operation) is not one that clients send")
        }
    }

    /// Version 8: `{t, seq_ack}`; before: the nonce alone.
    private static func heartbeat(_ data: JSONValue?) throws(GatewayRefusal) -> ClientMessage {
        var nonce = data
        var acknowledged: Int?
        if case .object = data {
            nonce = data?["t"]
            if let value = data?["seq_ack"] { acknowledged = try integer(value, "seq_ack") }
        }
        switch nonce {
        case .number(let text) where text.utf8.count <= maximumTextBytes:
            return .heartbeat(nonce: text, acknowledged: acknowledged)
        case .string(let text) where text.utf8.count <= maximumTextBytes:
            return .heartbeat(nonce: JSONText.quoted(text), acknowledged: acknowledged)
        case nil: return .heartbeat(nonce: "null", acknowledged: acknowledged)
        default: throw GatewayRefusal(.undecodable, "a heartbeat's nonce is a number or a short string")
        }
    }

    private static func speaking(_ data: JSONValue?) throws(GatewayRefusal) -> ClientMessage {
        var ssrc: UInt32?
        if let value = data?["ssrc"] {
            guard let number = UInt32(exactly: try integer(value, "ssrc")) else {
                throw GatewayRefusal(.badRequest, "an 'ssrc' has 32 bits")
            }
            ssrc = number == 0 ? nil : number
        }
        switch data?["speaking"] {
        case .bool(let isSpeaking): return .speaking(isSpeaking ? .microphone : [], ssrc: ssrc)
        case .some(let value):
            guard let bits = UInt8(exactly: try integer(value, "speaking")), bits <= SpeakingFlags.all.rawValue else {
                throw GatewayRefusal(.badRequest, "'speaking' is made of the bits 1, 2 and 4")
            }
            return .speaking(SpeakingFlags(rawValue: bits), ssrc: ssrc)
        case nil: throw GatewayRefusal(.undecodable, "'speaking' is missing")
        }
    }

    fileprivate static func integer(_ value: JSONValue, _ name: String) throws(GatewayRefusal) -> Int {
        guard let number = value.integer else { throw GatewayRefusal(.undecodable, "'\(name)' is not an integer") }
        return number
    }

    fileprivate static func text(_ data: JSONValue?, _ name: String) throws(GatewayRefusal) -> String {
        guard let text = data?[name]?.string else { throw GatewayRefusal(.undecodable, "'\(name)' is not a string") }
        guard text.utf8.count <= maximumTextBytes else { throw GatewayRefusal(.badRequest, "'\(name)' is too long") }
        return text
    }

    fileprivate static func snowflake(_ data: JSONValue?, _ name: String) throws(GatewayRefusal) -> Snowflake {
        guard let value = data?[name]?.snowflake else { throw GatewayRefusal(.undecodable, "'\(name)' is not an id") }
        return value
    }
}

extension ClientMessage.Identify {
    fileprivate init(_ data: JSONValue?) throws(GatewayRefusal) {
        server = try ClientMessage.snowflake(data, "server_id")
        user = try ClientMessage.snowflake(data, "user_id")
        session = try ClientMessage.text(data, "session_id")
        token = try ClientMessage.text(data, "token")
    }
}

extension ClientMessage.Resume {
    fileprivate init(_ data: JSONValue?) throws(GatewayRefusal) {
        server = try ClientMessage.snowflake(data, "server_id")
        session = try ClientMessage.text(data, "session_id")
        token = try ClientMessage.text(data, "token")
        if let value = data?["seq_ack"] { acknowledged = try ClientMessage.integer(value, "seq_ack") }
    }
}

extension ClientMessage.SelectProtocol {
    fileprivate init(_ data: JSONValue?) throws(GatewayRefusal) {
        guard try ClientMessage.text(data, "protocol") == "udp" else {
            throw GatewayRefusal(.unknownProtocol, "the protocol is 'udp'")
        }
        let inner = data?["data"]
        mode = try ClientMessage.text(inner, "mode")
        let address = try ClientMessage.text(inner, "address")
        guard let value = inner?["port"] else { throw GatewayRefusal(.undecodable, "'port' is missing") }
        guard let port = UInt16(exactly: try ClientMessage.integer(value, "port")), port > 0,
            let endpoint = EndpointText.parse(address: address, port: port)
        else { throw GatewayRefusal(.badRequest, "'address' and 'port' are not an address and a port") }
        destination = endpoint
    }
}
