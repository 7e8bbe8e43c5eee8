import Yams

/// From the text of a pipeline file to a plan.
public enum PipelineFile {
    /// Bytes that a pipeline file may have.
    public static let maximumBytes = 64 << 10
    private static let longestLine = 400
    private static let deepestNesting = 32

    /// - Parameter file: what the errors call it.
    /// - Throws: everything that is wrong with the file, at once.
    public static func load(
        text: String, file: String, registry: StageRegistry
    ) throws(PipelineErrors) -> PipelinePlan {
        let spec: PipelineSpec
        var diagnostics = screen(text)
        guard diagnostics.isEmpty else { throw PipelineErrors(file: file, text: text, diagnostics) }
        (spec, diagnostics) = read(text)
        guard spec.name != nil || diagnostics.isEmpty || !spec.scopes.isEmpty else {
            throw PipelineErrors(file: file, text: text, diagnostics)
        }
        var planner = Planner(registry: registry)
        let plan = planner.plan(spec)
        diagnostics += planner.diagnostics
        guard diagnostics.isEmpty, let plan else { throw PipelineErrors(file: file, text: text, diagnostics) }
        return plan
    }

    /// Reads the form of a file alone.
    /// - Returns: the spec as far as it can be understood, and what is wrong.
    private static func read(_ text: String) -> (PipelineSpec, [Diagnostic]) {
        do {
            var documents = try Yams.compose_all(yaml: text, .basic)
            guard let root = documents.next() else {
                return (
                    PipelineSpec(),
                    [try failure(documents.error) ?? Diagnostic(start, "the file is empty", note: whole)]
                )
            }
            let reader = SpecReader(root)
            if documents.next() != nil {
                return (
                    PipelineSpec(), [Diagnostic(start, "the file holds several YAML documents, but is one pipeline")]
                )
            }
            if let failure = try failure(documents.error) { return (PipelineSpec(), [failure]) }
            return (reader.spec, reader.diagnostics)
        } catch {
            return (PipelineSpec(), [Diagnostic(start, "this is no YAML: \(error)")])
        }
    }

    /// Reads a file that is one flat mapping of keys to values.
    static func readFlat(_ text: String) -> ([PipelineSpec.Argument], [Diagnostic]) {
        let diagnostics = screen(text)
        guard diagnostics.isEmpty else { return ([], diagnostics) }
        do {
            var documents = try Yams.compose_all(yaml: text, .basic)
            guard let root = documents.next() else {
                return ([], [try failure(documents.error) ?? Diagnostic(start, "the file is empty")])
            }
            if let failure = try failure(documents.error) { return ([], [failure]) }
            return SpecReader.flat(root)
        } catch {
            return ([], [Diagnostic(start, "this is no YAML: \(error)")])
        }
    }

    /// What was found instead of YAML.
    struct Problem: Error {
        var diagnostic: Diagnostic
    }

    /// The one document of a file; nil if the file is empty.
    static func compose(_ text: String) -> Result<Node?, Problem> {
        do {
            var documents = try Yams.compose_all(yaml: text, .basic)
            let root = documents.next()
            if let failure = try failure(documents.error) { return .failure(Problem(diagnostic: failure)) }
            if root != nil && documents.next() != nil {
                return .failure(Problem(diagnostic: Diagnostic(start, "the file holds several YAML documents")))
            }
            return .success(root)
        } catch {
            return .failure(Problem(diagnostic: Diagnostic(start, "this is no YAML: \(error)")))
        }
    }

    private static let start = SourceLocation(line: 1, column: 1)
    private static let whole = "a pipeline has a name and three scopes; 'parley pipeline show meeting' prints one"

    /// YAML's own errors, with their place.
    private static func failure(_ error: (any Error)?) throws -> Diagnostic? {
        guard let error else { return nil }
        guard let error = error as? YamlError else { throw error }
        func place(_ mark: Mark) -> SourceLocation {
            SourceLocation(line: max(mark.line, 1), column: max(mark.column, 1))
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return Diagnostic(
                place(mark), "this is no YAML: \(problem)", note: "indent with spaces; 'key: value' needs the space")
        case .duplicatedKeysInMapping(let names, let context):
            return Diagnostic(
                place(context.mark), "'\(names.first ?? "")' is written twice", note: "a key may stand once")
        default: return Diagnostic(start, "this is no YAML: \(error)")
        }
    }

    /// Finds what a pipeline file never has, before YAML is read: what is huge, deep, or refers to itself.
    static func screen(_ text: String) -> [Diagnostic] {
        guard text.utf8.count <= maximumBytes else {
            return [Diagnostic(start, "the file has \(text.utf8.count) bytes; at most \(maximumBytes) are read")]
        }
        var found: [Diagnostic] = []
        var depth = 0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.utf8.count <= longestLine else {
                found.append(
                    Diagnostic(.init(line: index + 1, column: 1), "the line is longer than \(longestLine) characters"))
                continue
            }
            found += screen(line, index + 1, &depth)
        }
        return found
    }

    private static func screen(_ line: Substring, _ number: Int, _ depth: inout Int) -> [Diagnostic] {
        var found: [Diagnostic] = []
        var quote: Character?
        var before: Character = " "
        for (column, character) in line.enumerated() {
            defer { before = character }
            let place = SourceLocation(line: number, column: column + 1)
            if let open = quote {
                if character == open { quote = nil }
                continue
            }
            let isStart = " [{,".contains(before)
            switch character {
            case "#" where isStart: return found
            case "\"", "'": if isStart { quote = character }
            case "[", "{":
                depth += 1
                if depth == deepestNesting { found.append(Diagnostic(place, "this is nested too deep")) }
            case "]", "}": depth = max(depth - 1, 0)
            case "&", "*", "!":
                if isStart { found.append(Diagnostic(place, "pipeline files have no anchors, aliases or tags")) }
            case "\t" where line.prefix(column).allSatisfy({ $0 == " " || $0 == "\t" }):
                found.append(Diagnostic(place, "a tab indents this line", note: "indent with spaces"))
            default: break
            }
        }
        return found
    }
}
