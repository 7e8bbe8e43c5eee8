/// The stage kinds that pipeline files may name. A value: register kinds of your own on a copy.
public struct StageRegistry: Sendable {
    private var descriptors: [String: StageDescriptor] = [:]

    public init() {}

    /// Makes a kind known. A kind of the same name is replaced, so that a program can put its own in its place.
    public mutating func register(_ descriptor: StageDescriptor) { descriptors[descriptor.kind] = descriptor }

    public subscript(kind: String) -> StageDescriptor? { descriptors[kind] }

    /// All kinds, by name.
    public var all: [StageDescriptor] { descriptors.values.sorted { $0.kind < $1.kind } }
}
