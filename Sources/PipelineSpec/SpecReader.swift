import Yams

/// Reads YAML into a spec, and gathers everything that is wrong with its form.
struct SpecReader {
    /// Stages that one scope may have.
    static let maximumStages = 64
    private static let topLevelKeys = [
        "pipeline", "version", "description", "format", "participant", "room", "listener",
    ]

    private(set) var spec = PipelineSpec()
    private(set) var diagnostics: [Diagnostic] = []

    init(_ root: Node) {
        guard case .mapping(let mapping) = root else {
            report(root, "a pipeline file is a mapping: 'pipeline: name', then 'participant:', 'room:', 'listener:'")
            return
        }
        for (key, value) in mapping { readTopLevel(key, value) }
        if spec.name == nil && !diagnostics.contains(where: { $0.message.contains("'pipeline'") }) {
            report(SourceLocation(line: 1, column: 1), "the pipeline has no name", note: "begin with 'pipeline: NAME'")
        }
        for scope in StageScope.allCases where spec.scopeLocations[scope] == nil {
            report(
                SourceLocation(line: 1, column: 1), "scope '\(scope.rawValue)' is missing",
                note: "a pipeline has the scopes participant, room and listener")
        }
    }

    /// Reads one flat mapping.
    static func flat(_ root: Node) -> ([PipelineSpec.Argument], [Diagnostic]) {
        var reader = SpecReader()
        let arguments = reader.arguments(root, of: "the file")
        return (arguments, reader.diagnostics)
    }

    private init() {}

    private mutating func readTopLevel(_ key: Node, _ value: Node) {
        guard let name = key.scalar?.string else { return report(key, "a key is a word") }
        switch name {
        case "pipeline": spec.name = scalar(value, "'pipeline' is the pipeline's name")
        case "description": spec.description = scalar(value, "'description' is a text")?.value
        case "version": readVersion(value)
        case "format": spec.format = arguments(value, of: "format")
        default:
            guard let scope = StageScope(rawValue: name) else {
                report(
                    key, "unknown key '\(name)'",
                    hint: NearestName.of(name, in: Self.topLevelKeys).map { "did you mean '\($0)'?" },
                    note: "keys: " + Self.topLevelKeys.joined(separator: ", "))
                return
            }
            spec.scopeLocations[scope] = location(key)
            spec.scopes[scope] = stages(value, scope)
        }
    }

    private mutating func readVersion(_ value: Node) {
        guard let text = scalar(value, "'version' is a number") else { return }
        guard Int(text.value) != PipelineSpec.version else { return }
        report(
            text.location, "version '\(text.value)' of pipeline files is not known",
            note: "this Parley reads version \(PipelineSpec.version)")
    }

    private mutating func stages(_ node: Node, _ scope: StageScope) -> [PipelineSpec.Stage] {
        if isNull(node) { return [] }
        guard case .sequence(let sequence) = node else {
            report(
                node, "scope '\(scope.rawValue)' is a list of stages", note: "write each on a line: '- STAGE: { … }'")
            return []
        }
        guard sequence.count <= Self.maximumStages else {
            report(node, "\(sequence.count) stages in scope '\(scope.rawValue)'; at most \(Self.maximumStages)")
            return []
        }
        return sequence.compactMap { stage($0) }
    }

    private mutating func stage(_ node: Node) -> PipelineSpec.Stage? {
        switch node {
        case .scalar(let scalar) where !isNull(node):
            return .init(kind: Located(scalar.string, location(node)), arguments: [])
        case .mapping(let mapping) where mapping.count == 1:
            guard let (key, value) = mapping.first, let kind = key.scalar?.string else { break }
            return .init(kind: Located(kind, location(key)), arguments: arguments(value, of: kind))
        case .mapping(let mapping) where mapping.count > 1:
            report(
                mapping.first?.key ?? node, "one list item holds \(mapping.count) keys, but is one stage",
                note: "write parameters in braces: '- STAGE: { key: value }'")
            return nil
        default: break
        }
        report(node, "a stage is written '- STAGE' or '- STAGE: { key: value }'")
        return nil
    }

    private mutating func arguments(_ node: Node, of owner: String) -> [PipelineSpec.Argument] {
        if isNull(node) { return [] }
        guard case .mapping(let mapping) = node else {
            report(node, "'\(owner)' takes keys and values", note: "write them in braces: '{ key: value }'")
            return []
        }
        return mapping.compactMap { key, value in
            guard let name = key.scalar?.string else {
                report(key, "a key is a word")
                return nil
            }
            guard let text = scalar(value, "'\(name)' takes one value") else { return nil }
            return .init(name: Located(name, location(key)), value: text)
        }
    }

    private mutating func scalar(_ node: Node, _ wanted: String) -> Located<String>? {
        guard let scalar = node.scalar, !isNull(node) else {
            report(node, wanted)
            return nil
        }
        return Located(scalar.string, location(node))
    }

    private func isNull(_ node: Node) -> Bool {
        guard let scalar = node.scalar else { return false }
        return scalar.style == .plain && ["", "~", "null"].contains(scalar.string)
    }

    private func location(_ node: Node) -> SourceLocation { Self.location(node) }

    /// Where a node stands, and how long it is.
    static func location(_ node: Node) -> SourceLocation {
        let quotes = [.singleQuoted, .doubleQuoted].contains(node.scalar?.style) ? 2 : 0
        return SourceLocation(
            line: max(node.mark?.line ?? 1, 1), column: max(node.mark?.column ?? 1, 1),
            length: max((node.scalar?.string.count ?? 1) + quotes, 1))
    }

    private mutating func report(_ node: Node, _ message: String, hint: String? = nil, note: String? = nil) {
        report(location(node), message, hint: hint, note: note)
    }

    private mutating func report(
        _ location: SourceLocation, _ message: String, hint: String? = nil, note: String? = nil
    ) {
        diagnostics.append(Diagnostic(location, message, hint: hint, note: note))
    }
}
