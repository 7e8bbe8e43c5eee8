import PacketCapture

/// Reads addresses: `192.0.2.1`, `2001:db8::1`, and with ports `192.0.2.1:5004`, `[2001:db8::1]:5004`.
enum EndpointText {
    private static let longest = 64

    static func parse(_ text: String) -> Endpoint? {
        guard text.utf8.count <= longest, let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        guard let port = decimal(digits, upTo: 65_535), port > 0 else { return nil }
        var address = text[..<colon]
        if address.first == "[" {
            guard address.last == "]" else { return nil }
            address = address.dropFirst().dropLast()
            guard address.contains(":") else { return nil }
        } else if address.contains(":") {
            return nil
        }
        return parse(address: String(address), port: UInt16(port))
    }

    static func parse(address: String, port: UInt16) -> Endpoint? {
        guard address.utf8.count <= longest else { return nil }
        if let ipv4 = ipv4(address[...]) { return Endpoint(ipv4: ipv4, port: port) }
        guard let groups = groups(address) else { return nil }
        let words = groups.map(UInt64.init)
        let high = words[..<4].reduce(0) { $0 << 16 | $1 }
        let low = words[4...].reduce(0) { $0 << 16 | $1 }
        return Endpoint(high: high, low: low, port: port)
    }

    private static func ipv4(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let byte = decimal(part, upTo: 255) else { return nil }
            value = value << 8 | UInt32(byte)
        }
        return value
    }

    /// Eight groups, `::` filled in (RFC 4291 §2.2).
    private static func groups(_ text: String) -> [UInt16]? {
        let halves: [Substring]
        if let gap = text.firstRange(of: "::") {
            halves = [text[..<gap.lowerBound], text[gap.upperBound...]]
        } else {
            halves = [text[...]]
        }
        var parsed: [[UInt16]] = []
        for (index, half) in halves.enumerated() {
            guard let groups = side(half, isLast: index == halves.count - 1) else { return nil }
            parsed.append(groups)
        }
        let count = parsed.reduce(0) { $0 + $1.count }
        guard halves.count == 2 ? count < 8 : count == 8 else { return nil }
        return parsed.count == 2 ? parsed[0] + Array(repeating: 0, count: 8 - count) + parsed[1] : parsed[0]
    }

    private static func side(_ text: Substring, isLast: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, let value = ipv4(part) {
                groups += [UInt16(value >> 16), UInt16(value & 0xFFFF)]
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let value = UInt16(part, radix: 16)
                else { return nil }
                groups.append(value)
            }
        }
        return groups
    }

    private static func decimal(_ text: Substring, upTo most: Int) -> Int? {
        guard (1...5).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int(text), value <= most
        else { return nil }
        return value
    }
}
