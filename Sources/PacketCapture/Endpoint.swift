/// An IP address and a UDP port.
public struct Endpoint: Sendable, Hashable, CustomStringConvertible {
    /// The address as IPv6; IPv4 addresses are mapped into it (RFC 4291 §2.5.5.2).
    public let high: UInt64
    public let low: UInt64
    public let port: UInt16

    public init(ipv4: UInt32, port: UInt16) { self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(ipv4), port: port) }

    public init(high: UInt64, low: UInt64, port: UInt16) {
        self.high = high
        self.low = low
        self.port = port
    }

    public var ipv4: UInt32? { high == 0 && low >> 32 == 0xFFFF ? UInt32(truncatingIfNeeded: low) : nil }

    /// `192.0.2.1`, `2001:db8::1`
    public var address: String {
        if let ipv4 { return [24, 16, 8, 0].map { "\(ipv4 >> UInt32($0) & 0xFF)" }.joined(separator: ".") }
        let groups = [high, low].flatMap { half in [48, 32, 16, 0].map { UInt16(truncatingIfNeeded: half >> $0) } }
        return Self.compressed(groups)
    }

    /// `192.0.2.1:5004`, `[2001:db8::1]:5004`
    public var description: String { ipv4 == nil ? "[\(address)]:\(port)" : "\(address):\(port)" }

    /// The longest run of zero groups becomes `::` (RFC 5952 §4.2).
    private static func compressed(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        for i in 0...8 where i == 8 || groups[i] != 0 {
            if i - start > max(best.count, 1) { best = start..<i }
            start = i + 1
        }
        func text(_ part: ArraySlice<UInt16>) -> String {
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        return best.isEmpty
            ? text(groups[...]) : text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }
}
