/// JSON text that has been read, strictly (RFC 8259) and with limits on everything. Numbers stay as they were written:
/// 64-bit integers survive, and a client's nonce can be echoed.
enum JSONValue: Sendable, Hashable {
    struct Member: Sendable, Hashable {
        var key: String
        var value: JSONValue
    }

    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([JSONValue])
    /// In the order of the text; no key is there twice.
    case object([Member])

    /// The value of a key of an object; nil also for `null`.
    subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self, let member = members.first(where: { $0.key == key }),
            member.value != .null
        else { return nil }
        return member.value
    }

    var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// A number without fraction or exponent.
    var integer: Int? {
        if case .number(let text) = self { Int(text) } else { nil }
    }

    /// A decimal string or a number.
    var snowflake: Snowflake? {
        switch self {
        case .string(let text), .number(let text): Snowflake(text)
        default: nil
        }
    }

    /// For texts of errors.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// Where JSON text is not JSON, or beyond a limit.
struct JSONError: Error, Hashable {
    var offset: Int
    var text: String
}
