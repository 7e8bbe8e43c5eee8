import PipelineSpec

extension SettingType {
    /// Reads a value as it is written in a file.
    func parse(_ text: String, name: String) throws(ValueProblem) -> SettingValue {
        switch self {
        case .parameter(let type): .parameter(try type.parse(text, parameter: name))
        case .address: .address(try Self.address(text, name))
        case .host: .text(try Self.host(text, name))
        case .ports: .ports(try Self.ports(text, name))
        case .size(let range): .size(try Self.size(text, range, name))
        case .text(let longest): .text(try Self.text(text, longest: longest, name))
        case .path: .text(try Self.text(text, longest: Self.longestPath, name))
        case .list(let most):
            .list(try Self.list(text.split(separator: ",").map { $0.trimmed }, most: most, name))
        }
    }

    /// What the type takes, for people.
    public var range: String {
        switch self {
        case .parameter(let type): type.range
        case .address: "HOST:PORT"
        case .host(let allowsAuto): (allowsAuto ? "auto | " : "") + "an IP address or a host name"
        case .ports: "PORT or FIRST-LAST; 0 for whichever is free"
        case .size(let range): "\(Self.sizeText(range.lowerBound)) to \(Self.sizeText(range.upperBound))"
        case .text: "a text"
        case .path: "a path"
        case .list(let most): "a list of at most \(most)"
        }
    }

    static func list(_ items: [String], most: Int, _ name: String) throws(ValueProblem) -> [String] {
        guard items.count <= most else {
            throw ValueProblem(message: "'\(name)' has \(items.count) items", note: "at most \(most) are allowed")
        }
        for item in items { _ = try text(item, longest: longestPath, name) }
        return items
    }

    /// `16 KiB`
    static func sizeText(_ bytes: Int) -> String {
        if bytes >= 1 << 20 && bytes % (1 << 20) == 0 { return "\(bytes >> 20) MiB" }
        if bytes >= 1 << 10 && bytes % (1 << 10) == 0 { return "\(bytes >> 10) KiB" }
        return "\(bytes) bytes"
    }

    private static let longestPath = 1024

    private static func address(_ text: String, _ name: String) throws(ValueProblem) -> ServerAddress {
        let wrong = ValueProblem(
            message: "'\(text)' is no address to listen on",
            note: "'\(name)' takes HOST:PORT, such as '0.0.0.0:4443' or '[::]:4443'")
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65535).contains(port)
        else { throw wrong }
        var host = String(text[..<colon])
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw ValueProblem(
                message: wrong.message, hint: "write IPv6 addresses in brackets: '[\(host)]:\(port)'", note: wrong.note)
        }
        return ServerAddress(host: try Self.host(host, name), port: port)
    }

    private static func host(_ text: String, _ name: String) throws(ValueProblem) -> String {
        let isFine =
            !text.isEmpty && text.utf8.count <= 253
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
        guard isFine else {
            throw ValueProblem(
                message: "'\(text)' is no host", note: "'\(name)' takes an IP address or a host name, without a scheme")
        }
        return text
    }

    private static func ports(_ text: String, _ name: String) throws(ValueProblem) -> ClosedRange<Int> {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0.trimmed) }
        guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1],
            (0...65535).contains(first), (first...65535).contains(max(last, first)), last >= first
        else {
            throw ValueProblem(
                message: "'\(text)' is no range of ports",
                note: "'\(name)' takes FIRST-LAST, such as '50000-50063', or 0 for whichever are free")
        }
        return first...last
    }

    private static func size(_ text: String, _ range: ClosedRange<Int>, _ name: String) throws(ValueProblem) -> Int {
        let digits = text.prefix { $0.isNumber }
        let unit = text[digits.endIndex...].trimmed
        let factors = ["": 1, "byte": 1, "bytes": 1, "KiB": 1 << 10, "MiB": 1 << 20]
        let allowed = "allowed: \(sizeText(range.lowerBound)) to \(sizeText(range.upperBound))"
        guard digits.count <= 12, let number = Int(digits), let factor = factors[unit] else {
            throw ValueProblem(message: "'\(text)' is no size, such as '16 KiB'", note: allowed)
        }
        guard range.contains(number * factor) else {
            throw ValueProblem(message: "'\(name)' is out of range: '\(text)'", note: allowed)
        }
        return number * factor
    }

    private static func text(_ text: String, longest: Int, _ name: String) throws(ValueProblem) -> String {
        guard !text.isEmpty, text.utf8.count <= longest, text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            throw ValueProblem(
                message: "'\(name)' is empty, too long or has control characters",
                note: "1 to \(longest) characters")
        }
        return text
    }
}

extension StringProtocol {
    /// Without spaces at both ends.
    var trimmed: String {
        var part = self[...]
        while part.first == " " { part = part.dropFirst() }
        while part.last == " " { part = part.dropLast() }
        return String(part)
    }
}
