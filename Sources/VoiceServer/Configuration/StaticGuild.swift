import PipelineSpec

/// A guild of the section `guilds:`: the body of `PUT /v1/guilds/{id}`, written in YAML.
struct StaticGuild: Sendable, Hashable {
    /// Guilds that a configuration may have.
    static let maximum = 100

    /// The body.
    var json: String
    var location: SourceLocation

    /// Takes the guilds of a file, as far as their form goes.
    static func read(_ reader: inout ConfigurationReader) -> [StaticGuild] {
        guard let written = reader.guilds else { return [] }
        switch written.value {
        case .nothing: return []
        case .list(let items) where items.count <= maximum:
            return items.compactMap { item in
                guard case .mapping = item.value else {
                    reader.report(item.location, "a guild is a mapping of keys to values", note: shape)
                    return nil
                }
                return StaticGuild(json: item.json, location: item.location)
            }
        case .list(let items):
            reader.report(written.location, "\(items.count) guilds; at most \(maximum) may stand here")
        default:
            reader.report(written.location, "'guilds' is a list", note: shape)
        }
        return []
    }

    private static let shape = "each guild is as the API takes it: see 'guilds' in docs/voice-server.md"
}

extension Written {
    /// The same as JSON: words without quotes that read as numbers or as true and false are such.
    var json: String {
        switch value {
        case .nothing: "null"
        case .scalar(let text): isQuoted || !Self.isLiteral(text) ? JSONText.quoted(text) : text
        case .list(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
        case .mapping(let entries):
            "{" + entries.map { JSONText.quoted($0.key.value) + ":" + $0.value.json }.joined(separator: ",") + "}"
        }
    }

    private static func isLiteral(_ text: String) -> Bool {
        if text == "true" || text == "false" { return true }
        // JSON's numbers have no leading zero, so that such words stay texts.
        let digits = text.drop { $0 == "-" }
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }), text.count - digits.count <= 1 else {
            return false
        }
        return digits == "0" || digits.first != "0"
    }
}
