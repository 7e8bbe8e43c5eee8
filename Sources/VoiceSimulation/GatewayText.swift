import Foundation

/// What the voice server says to a client, understood; and nothing else may be in it.
enum GatewayText: Equatable {
    case ready(ssrc: UInt32, ip: String, port: UInt16, modes: [String])
    case description(mode: String, key: [UInt8])
    case speaking(user: UInt64, ssrc: UInt32, flags: Int)
    case connected([UInt64])
    case disconnected(UInt64)
    case acknowledged
    case hello(interval: Int64)
    case resumed

    struct Refusal: Error {
        var text: String
    }

    /// - Returns: the message, and its sequence number if it has one.
    static func parse(_ text: String) throws(Refusal) -> (message: GatewayText, sequence: Int?) {
        guard let any = try? JSONSerialization.jsonObject(with: Data(text.utf8)), let root = any as? [String: Any],
            let operation = root["op"] as? Int
        else { throw Refusal(text: "this is no message") }
        try check(root, ["op", "d", "seq"])
        return (try message(operation, root["d"]), root["seq"] as? Int)
    }

    private static func message(_ operation: Int, _ data: Any?) throws(Refusal) -> GatewayText {
        let object = data as? [String: Any] ?? [:]
        switch operation {
        case 2:
            try check(object, ["ssrc", "ip", "port", "modes", "experiments"])
            return .ready(
                ssrc: UInt32(truncatingIfNeeded: try integer(object, "ssrc")), ip: object["ip"] as? String ?? "",
                port: UInt16(truncatingIfNeeded: try integer(object, "port")), modes: object["modes"] as? [String] ?? []
            )
        case 4:
            try check(object, ["mode", "secret_key", "audio_codec", "media_session_id", "dave_protocol_version"])
            let key = (object["secret_key"] as? [Int] ?? []).map { UInt8(truncatingIfNeeded: $0) }
            return .description(mode: object["mode"] as? String ?? "", key: key)
        case 5:
            try check(object, ["user_id", "ssrc", "speaking"])
            return .speaking(
                user: try snowflake(object["user_id"]), ssrc: UInt32(truncatingIfNeeded: try integer(object, "ssrc")),
                flags: try integer(object, "speaking"))
        case 6:
            try check(object, ["t"])
            return .acknowledged
        case 8:
            try check(object, ["v", "heartbeat_interval"])
            return .hello(interval: Int64(try integer(object, "heartbeat_interval")) * .millisecond)
        case 9: return .resumed
        case 11:
            try check(object, ["user_ids"])
            var users: [UInt64] = []
            for user in object["user_ids"] as? [Any] ?? [] { users.append(try snowflake(user)) }
            return .connected(users)
        case 13:
            try check(object, ["user_id"])
            return .disconnected(try snowflake(object["user_id"]))
        default: throw Refusal(text: "opcode \(operation) is none that servers send")
        }
    }

    private static func check(_ object: [String: Any], _ keys: Set<String>) throws(Refusal) {
        for key in object.keys.sorted() where !keys.contains(key) { throw Refusal(text: "it has a key '\(key)'") }
    }

    private static func integer(_ object: [String: Any], _ key: String) throws(Refusal) -> Int {
        guard let value = object[key] as? Int else { throw Refusal(text: "'\(key)' is no number") }
        return value
    }

    private static func snowflake(_ any: Any?) throws(Refusal) -> UInt64 {
        guard let text = any as? String, let value = UInt64(text) else { throw Refusal(text: "an id is no id") }
        return value
    }
}
