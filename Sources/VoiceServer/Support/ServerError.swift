/// Why a server could not start. The text is one line: what, where, what to do.
public struct ServerError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// A certificate or its key.
        case tls
        /// An address to listen on.
        case listen
        /// A pipeline, or a guild of the configuration.
        case configuration
    }

    public let kind: Kind
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
