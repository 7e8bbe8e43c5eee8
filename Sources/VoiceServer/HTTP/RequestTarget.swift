/// The path and the query of a request.
struct RequestTarget: Hashable, Sendable {
    var path: String
    /// The first value of each name, percent-decoded.
    var query: [String: String] = [:]

    init(_ uri: String) {
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts.first ?? "")
        guard parts.count == 2 else { return }
        for pair in parts[1].split(separator: "&").prefix(Self.mostParameters) {
            let sides = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = sides.first.flatMap({ Self.decoded($0) }), query[name] == nil else { continue }
            query[name] = sides.count == 2 ? Self.decoded(sides[1]) : ""
        }
    }

    /// The path's parts, percent-decoded; nil if one is no UTF-8.
    var segments: [String]? {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(Self.decoded)
        return parts.contains(nil) ? nil : parts.compactMap { $0 }
    }

    private static let mostParameters = 16

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
