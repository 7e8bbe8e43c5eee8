/// A place in a pipeline file; lines and columns count from 1, columns and lengths in characters.
public struct SourceLocation: Sendable, Hashable, Comparable {
    public var line: Int
    public var column: Int
    public var length: Int

    public init(line: Int, column: Int, length: Int = 1) {
        self.line = line
        self.column = column
        self.length = length
    }

    public static func < (lhs: SourceLocation, rhs: SourceLocation) -> Bool {
        (lhs.line, lhs.column) < (rhs.line, rhs.column)
    }
}

/// One thing that is wrong with a pipeline file.
public struct Diagnostic: Sendable, Hashable {
    public var location: SourceLocation
    /// What was found.
    public var message: String
    /// What is probably meant: stands beside the caret.
    public var hint: String?
    /// What is allowed: stands below the excerpt.
    public var note: String?

    public init(_ location: SourceLocation, _ message: String, hint: String? = nil, note: String? = nil) {
        self.location = location
        self.message = message
        self.hint = hint
        self.note = note
    }
}

/// Everything that is wrong with a pipeline file, in the order of the file. Its description is what people read.
public struct PipelineErrors: Error, Sendable, CustomStringConvertible {
    public let file: String
    public let diagnostics: [Diagnostic]
    private let lines: [Substring]

    package init(file: String, text: String, _ diagnostics: [Diagnostic]) {
        self.file = file
        self.diagnostics = diagnostics.sorted { $0.location < $1.location }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    public var description: String { diagnostics.map(render).joined(separator: "\n") }

    /// `file:line:column: error: …`, the line, a caret under the place, and what is allowed.
    private func render(_ diagnostic: Diagnostic) -> String {
        let location = diagnostic.location
        var result = "\(file):\(location.line):\(location.column): error: \(diagnostic.message)\n"
        let number = "\(location.line)"
        let margin = String(repeating: " ", count: number.count + 3)
        if (1...max(lines.count, 1)).contains(location.line), location.line <= lines.count {
            let line = lines[location.line - 1]
            let shown = line.replacing("\t", with: " ").prefix(Self.widestExcerpt)
            let marks = String(
                repeating: "~", count: max(min(location.length, shown.count - location.column + 1), 1) - 1)
            let hint = diagnostic.hint.map { " " + $0 } ?? ""
            result += "  \(number) | \(shown)\n"
            result += "\(margin)| \(String(repeating: " ", count: location.column - 1))^\(marks)\(hint)\n"
        } else if let hint = diagnostic.hint {
            result += "\(margin)= \(hint)\n"
        }
        if let note = diagnostic.note { result += "\(margin)= \(note)\n" }
        return result
    }

    /// Characters of a line that an excerpt shows.
    private static let widestExcerpt = 160
}
