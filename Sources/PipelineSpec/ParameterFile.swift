/// A file of values for declared parameters: one flat mapping, checked like the arguments of a stage.
public enum ParameterFile {
    /// - Parameters:
    ///   - file: what the errors call it.
    ///   - owner: what the errors call the thing that has the parameters.
    ///   - titles: keys that hold free text; they are not parameters.
    /// - Returns: the values, defaults where nothing is written, and the titles that are.
    /// - Throws: everything that is wrong with the file, at once.
    public static func load(
        text: String, file: String, owner: String, titles: Set<String>, parameters: [Parameter]
    ) throws(PipelineErrors) -> (values: StageArguments, titles: [String: String]) {
        var (written, diagnostics) = PipelineFile.readFlat(text)
        var found: [String: String] = [:]
        for argument in written where titles.contains(argument.name.value) {
            found[argument.name.value] = argument.value.value
        }
        written.removeAll { titles.contains($0.name.value) }
        var planner = Planner(registry: StageRegistry())
        let values = planner.arguments(written, parameters, of: owner)
        diagnostics += planner.diagnostics
        guard diagnostics.isEmpty else { throw PipelineErrors(file: file, text: text, diagnostics) }
        return (values, found)
    }
}

extension Parameter {
    /// Reads a value as it is written in a file.
    /// - Returns: the value, or what is wrong with it in one line.
    public func value(of text: String) -> Result<ParameterValue, ParameterProblem> {
        do { return .success(try type.parse(text, parameter: name)) } catch {
            let parts = [error.message, error.hint, error.note].compactMap { $0 }
            return .failure(ParameterProblem(description: parts.joined(separator: "; ")))
        }
    }
}

/// Why a value of a parameter was refused, in one line.
public struct ParameterProblem: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
}
