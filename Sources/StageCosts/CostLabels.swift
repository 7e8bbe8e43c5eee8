import MediaCore

/// What tells the costs of a report apart, and no more: of a subject's arguments and formats only those that differ
/// between the costs of its kind.
package struct CostLabels {
    private struct Kind: Hashable {
        var kind: String
        var part: String?

        init(_ subject: CostSubject) { (kind, part) = (subject.kind, subject.part) }
    }

    private var arguments: [Kind: [String]] = [:]
    /// The format of all; nil where there are several.
    package private(set) var format: CostFormat?

    package init(_ subjects: [CostSubject]) {
        for (kind, group) in Dictionary(grouping: subjects, by: Kind.init) {
            let names = group.reduce(into: Set<String>()) { $0.formUnion($1.arguments.keys) }
            arguments[kind] = names.sorted().filter { name in
                group.contains { $0.arguments[name] != group[0].arguments[name] }
            }
        }
        format = subjects.first?.format
        if subjects.contains(where: { $0.format != format }) { format = nil }
    }

    /// `srtp.protect, 1000 keys`
    package func title(_ subject: CostSubject) -> String { TextFormat.printable(subject.title, limit: 60) }

    /// `speech, bitrate 64 kbit/s`; empty where the title says all.
    package func detail(_ subject: CostSubject) -> String {
        var parts = subject.input.isEmpty ? [] : [subject.input]
        for name in arguments[Kind(subject)] ?? [] {
            if let value = subject.arguments[name] { parts.append("\(name) \(value)") }
        }
        if format == nil { parts.append(subject.format.text) }
        return TextFormat.printable(parts.joined(separator: ", "), limit: 80)
    }

    /// Title and detail.
    package func label(_ subject: CostSubject) -> String {
        let detail = detail(subject)
        return detail.isEmpty ? title(subject) : "\(title(subject)), \(detail)"
    }
}
