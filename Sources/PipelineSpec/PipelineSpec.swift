/// Something in a file and where it stands.
public struct Located<Value: Sendable & Hashable>: Sendable, Hashable {
    public var value: Value
    public var location: SourceLocation

    public init(_ value: Value, _ location: SourceLocation) {
        self.value = value
        self.location = location
    }
}

/// A pipeline as it was written: read, but not yet held against any stage.
public struct PipelineSpec: Sendable, Hashable {
    public struct Stage: Sendable, Hashable {
        public var kind: Located<String>
        public var arguments: [Argument]
    }

    public struct Argument: Sendable, Hashable {
        public var name: Located<String>
        public var value: Located<String>
    }

    /// The schema that this Parley understands.
    public static let version = 1

    public var name: Located<String>?
    public var description: String?
    public var format: [Argument] = []
    public var scopes: [StageScope: [Stage]] = [:]
    /// Where each scope's key stands.
    public var scopeLocations: [StageScope: SourceLocation] = [:]
}
