public import PipelineSpec

/// Why a configuration was refused: everything at once, for people.
public struct ConfigurationError: Error, Sendable, CustomStringConvertible {
    /// What is wrong with the file, with places.
    public let file: PipelineErrors?
    /// What is wrong with the environment, the command line, or how keys fit together.
    public let problems: [String]

    init(file: PipelineErrors? = nil, problems: [String] = []) {
        self.file = file
        self.problems = problems
    }

    public var description: String {
        let lines = problems.map { "error: \($0)" }
        return ((file.map { [$0.description] } ?? []) + lines).joined(separator: "\n")
    }
}
