/// One WebSocket connection. Whoever accepts them never uses a number twice.
public struct ConnectionID: Sendable, Hashable {
    public var number: UInt64

    public init(_ number: UInt64) { self.number = number }
}

/// What guilds, channels and users are known by; a decimal string in JSON, since JavaScript's numbers end at 2⁵³.
public struct Snowflake: Sendable, Hashable, Comparable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    public var value: UInt64

    public init(_ value: UInt64) { self.value = value }

    public init(integerLiteral value: UInt64) { self.value = value }

    /// From 1 to 20 decimal digits.
    public init?(_ text: some StringProtocol) {
        let digits = text.utf8
        guard (1...20).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = UInt64(text)
        else { return nil }
        self.value = value
    }

    public var description: String { String(value) }

    public static func < (lhs: Snowflake, rhs: Snowflake) -> Bool { lhs.value < rhs.value }
}

/// Where clients are told to send a shard's media.
public struct MediaAddress: Sendable, Hashable {
    /// As clients reach it, which need not be what the socket is bound to.
    public var ip: String
    public var port: UInt16

    public init(ip: String, port: UInt16) {
        self.ip = ip
        self.port = port
    }
}
