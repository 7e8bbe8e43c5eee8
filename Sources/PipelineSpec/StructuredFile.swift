import Yams

/// A value as it stands in a YAML file, with its place: for files that are no pipeline, but want errors like theirs.
public struct Written: Sendable, Hashable {
    public indirect enum Value: Sendable, Hashable {
        case scalar(String)
        case list([Written])
        case mapping([Entry])
        /// `key:` with nothing behind it.
        case nothing
    }

    public struct Entry: Sendable, Hashable {
        public var key: Located<String>
        public var value: Written
    }

    public var value: Value
    public var location: SourceLocation
    /// Whether a scalar stands in quotes: `"1"` is a text, `1` a number.
    public var isQuoted = false
}

/// Reads the form of a YAML file; what the keys mean is up to the caller.
public enum StructuredFile {
    /// - Parameter file: what the errors call it.
    /// - Throws: if it is no YAML, is too large, or has what no file of ours has (anchors, tags, tabs).
    public static func read(text: String, file: String) throws(PipelineErrors) -> Written {
        let screened = PipelineFile.screen(text)
        guard screened.isEmpty else { throw PipelineErrors(file: file, text: text, screened) }
        switch PipelineFile.compose(text) {
        case .failure(let problem): throw PipelineErrors(file: file, text: text, [problem.diagnostic])
        case .success(let root):
            guard let root else {
                return Written(value: .mapping([]), location: SourceLocation(line: 1, column: 1))
            }
            var diagnostics: [Diagnostic] = []
            let written = convert(root, &diagnostics)
            guard diagnostics.isEmpty else { throw PipelineErrors(file: file, text: text, diagnostics) }
            return written
        }
    }

    private static func convert(_ node: Node, _ diagnostics: inout [Diagnostic]) -> Written {
        let location = SpecReader.location(node)
        switch node {
        case .scalar(let scalar):
            let isQuoted = scalar.style != .plain
            if !isQuoted && ["", "~", "null"].contains(scalar.string) {
                return Written(value: .nothing, location: location)
            }
            return Written(value: .scalar(scalar.string), location: location, isQuoted: isQuoted)
        case .sequence(let sequence):
            return Written(value: .list(sequence.map { convert($0, &diagnostics) }), location: location)
        case .mapping(let mapping):
            var entries: [Written.Entry] = []
            for (key, value) in mapping {
                guard let name = key.scalar?.string else {
                    diagnostics.append(Diagnostic(SpecReader.location(key), "a key is a word"))
                    continue
                }
                entries.append(.init(key: Located(name, SpecReader.location(key)), value: convert(value, &diagnostics)))
            }
            return Written(value: .mapping(entries), location: location)
        case .alias:
            diagnostics.append(Diagnostic(location, "files of Parley have no aliases"))
            return Written(value: .nothing, location: location)
        }
    }
}
