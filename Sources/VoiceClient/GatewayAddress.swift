/// Where a voice gateway listens: `ws://127.0.0.1:8080`, `wss://voice.example.org`.
public struct GatewayAddress: Sendable, Hashable, CustomStringConvertible {
    public var isSecure: Bool
    public var host: String
    public var port: Int
    public var path: String

    /// - Returns: nil if the text is no such address.
    public init?(_ text: String) {
        guard let scheme = ["ws://", "wss://"].first(where: text.hasPrefix) else { return nil }
        isSecure = scheme == "wss://"
        let rest = text.dropFirst(scheme.count)
        let slash = rest.firstIndex { "/?".contains($0) } ?? rest.endIndex
        path = rest[slash...].hasPrefix("/") ? String(rest[slash...].prefix { $0 != "?" }) : "/"
        guard let (host, port) = Self.split(rest[..<slash], standard: isSecure ? 443 : 80) else { return nil }
        (self.host, self.port) = (host, port)
    }

    public var description: String {
        "\(isSecure ? "wss" : "ws")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }

    /// `host`, `host:port`, `[2001:db8::1]:port`
    public static func split(_ text: some StringProtocol, standard: Int? = nil) -> (host: String, port: Int)? {
        var host = String(text)
        var port = standard
        if let bracket = host.lastIndex(of: "]") {
            let rest = host[host.index(after: bracket)...]
            if rest.hasPrefix(":") { port = Int(rest.dropFirst()) } else if !rest.isEmpty { return nil }
            guard host.hasPrefix("[") else { return nil }
            host = String(host[..<bracket].dropFirst())
        } else if let colon = host.lastIndex(of: ":") {
            port = Int(host[host.index(after: colon)...])
            host = String(host[..<colon])
        }
        guard !host.isEmpty, let port, (1...65_535).contains(port) else { return nil }
        return (host, port)
    }
}
