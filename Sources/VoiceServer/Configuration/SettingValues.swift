import PipelineSpec

/// Checked values of the keys, by path. Asking for a key that is not declared with that type is a mistake in the server,
/// and traps.
struct SettingValues: Sendable, Hashable {
    private var values: [String: SettingValue]

    init(_ values: [String: SettingValue]) { self.values = values }

    subscript(path: String) -> SettingValue? { values[path] }

    func duration(_ path: String) -> Duration {
        guard case .parameter(.duration(let value)) = values[path] else { undeclared(path) }
        return value
    }

    func count(_ path: String) -> Int {
        guard case .parameter(.count(let value)) = values[path] else { undeclared(path) }
        return value
    }

    /// nil if a word stands for it.
    func countOrWord(_ path: String) -> Int? {
        guard case .parameter(let value) = values[path] else { undeclared(path) }
        if case .count(let count) = value { return count }
        return nil
    }

    /// A share, 0...1.
    func share(_ path: String) -> Double {
        guard case .parameter(.percentage(let value)) = values[path] else { undeclared(path) }
        return value / 100
    }

    func word(_ path: String) -> String {
        guard case .parameter(.word(let value)) = values[path] else { undeclared(path) }
        return value
    }

    func size(_ path: String) -> Int {
        guard case .size(let value) = values[path] else { undeclared(path) }
        return value
    }

    func address(_ path: String) -> ServerAddress {
        guard case .address(let value) = values[path] else { undeclared(path) }
        return value
    }

    func ports(_ path: String) -> ClosedRange<Int> {
        guard case .ports(let value) = values[path] else { undeclared(path) }
        return value
    }

    /// nil where nothing is written.
    func text(_ path: String) -> String? {
        guard let value = values[path] else { return nil }
        guard case .text(let text) = value else { undeclared(path) }
        return text
    }

    func list(_ path: String) -> [String] {
        guard let value = values[path] else { return [] }
        guard case .list(let items) = value else { undeclared(path) }
        return items
    }

    private func undeclared(_ path: String) -> Never {
        preconditionFailure("no setting '\(path)' of that type is declared, or its default is missing")
    }
}
