public import MediaCore

/// What is wrong with a stage's settings given one by one. One line: what was found, what is allowed, and a hint.
public struct SettingError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

extension StageDescriptor {
    /// The stage with settings as a pipeline file would write them; what is not set is as in a benchmark: typical, or at
    /// its default.
    public func planned(
        settings: [(name: String, value: String)] = [], format: AudioFormat
    ) throws(SettingError) -> PlannedStage {
        var values = typical
        for setting in settings {
            guard let parameter = parameters.first(where: { $0.name == setting.name }) else {
                throw unknown(setting.name)
            }
            do { values[parameter.name] = try parameter.type.parse(setting.value, parameter: parameter.name) } catch {
                let rest = [error.hint, error.note].compactMap { $0 }.joined(separator: "; ")
                throw SettingError("\(kind): \(error.message)" + (rest.isEmpty ? "" : "; \(rest)"))
            }
        }
        for parameter in parameters where values[parameter.name] == nil && parameter.defaultValue == nil {
            throw SettingError("\(kind): '\(parameter.name)' has no default; set it, it takes \(parameter.type.range)")
        }
        let arguments = StageArguments(defaultsOf: parameters, values)
        if let problem = validate(arguments, format) { throw SettingError("\(kind): \(problem.message)") }
        return PlannedStage(self, arguments, format: format)
    }

    private func unknown(_ name: String) -> SettingError {
        let names = parameters.map(\.name)
        guard !names.isEmpty else { return SettingError("\(kind) has no parameters, but '\(name)' is set") }
        let hint = NearestName.of(name, in: names).map { "did you mean '\($0)'?" }
        return SettingError("\(kind) has no parameter '\(name)'; \(hint ?? "it has \(names.joined(separator: ", "))")")
    }
}
