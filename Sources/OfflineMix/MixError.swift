/// Why a mix was not made. The text is one line for the person who asked for it.
public struct MixError: Error, Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The request contradicts itself: an option names nobody, two inputs have one name.
        case request
        case noInput
        case badInput
        case cannotCreate
        case inputOutput
        case cancelled
        /// The codec library refused its set-up.
        case codec
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
