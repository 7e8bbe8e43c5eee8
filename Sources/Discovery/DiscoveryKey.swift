/// The name of something that is kept: bytes, in whose order keys are sorted. Text is written as UTF-8; nothing is
/// normalised, so two spellings of one letter are two keys. An empty key is a prefix of all, and names nothing.
public struct DiscoveryKey: Sendable, Hashable {
    /// The longest key that is kept.
    public static let maximumLength = 1024

    public var bytes: [UInt8]

    public init(bytes: [UInt8]) { self.bytes = bytes }

    public init(_ text: String) { bytes = Array(text.utf8) }

    public func hasPrefix(_ prefix: DiscoveryKey) -> Bool { bytes.starts(with: prefix.bytes) }

    /// What follows `prefix`, as text; nil where the key does not begin with it or is not UTF-8.
    public func text(after prefix: DiscoveryKey) -> String? {
        guard hasPrefix(prefix) else { return nil }
        return String(validating: bytes.dropFirst(prefix.bytes.count), as: UTF8.self)
    }

    public static func + (prefix: DiscoveryKey, text: String) -> DiscoveryKey {
        DiscoveryKey(bytes: prefix.bytes + text.utf8)
    }

    /// The first key after all that begin with this one; nil where there is none (a key of bytes 255).
    package var endOfPrefix: DiscoveryKey? {
        guard let last = bytes.lastIndex(where: { $0 < 255 }) else { return nil }
        return DiscoveryKey(bytes: bytes[..<last] + [bytes[last] + 1])
    }
}

extension DiscoveryKey: Comparable {
    public static func < (left: DiscoveryKey, right: DiscoveryKey) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension DiscoveryKey: ExpressibleByStringLiteral, CustomStringConvertible {
    public init(stringLiteral text: String) { self.init(text) }

    /// As text where it is that, else with replacement characters; control characters are shown as such.
    public var description: String {
        String(decoding: bytes, as: UTF8.self).unicodeScalars.reduce(into: "") { text, scalar in
            text += scalar.value < 32 || scalar.value == 127 ? "\u{FFFD}" : String(scalar)
        }
    }
}
