/// Why a call or a load could not be made or went wrong. The text is one line for the person who asked for it.
public struct CallError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The request contradicts itself.
        case request
        /// Somebody does not answer, or refuses.
        case unavailable
        /// A socket, or the network, fails.
        case network
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
