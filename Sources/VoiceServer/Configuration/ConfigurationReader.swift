import PipelineSpec

/// Gathers the values of all keys from a file, the environment and the command line, and everything that is wrong.
struct ConfigurationReader {
    /// Where a value was written; what is said about it points there.
    enum Origin: Hashable {
        case file(SourceLocation)
        case override(String)
    }

    static let guildsKey = "guilds"

    private(set) var values: [String: SettingValue] = [:]
    private(set) var origins: [String: Origin] = [:]
    /// What stands under `guilds:`, not looked at.
    private(set) var guilds: Written?
    private(set) var diagnostics: [Diagnostic] = []
    private(set) var problems: [String] = []
    private let settings: [String: Setting]

    init(_ settings: [Setting]) {
        self.settings = Dictionary(settings.map { ($0.path, $0) }) { first, _ in first }
        for setting in settings {
            guard let text = setting.defaultText, let value = try? setting.type.parse(text, name: setting.path) else {
                continue
            }
            values[setting.path] = value
        }
    }

    // MARK: The file

    mutating func read(_ root: Written) {
        guard case .mapping(let entries) = root.value else {
            report(root.location, "a configuration is a mapping of keys to values", note: "such as 'region: local'")
            return
        }
        read(entries, section: "")
    }

    private mutating func read(_ entries: [Written.Entry], section: String) {
        for entry in entries {
            let path = section.isEmpty ? entry.key.value : "\(section).\(entry.key.value)"
            if path == Self.guildsKey {
                guilds = entry.value
            } else if let setting = settings[path] {
                read(entry.value, setting)
            } else if isSection(path) {
                switch entry.value.value {
                case .mapping(let inner): read(inner, section: path)
                case .nothing: break
                default:
                    report(
                        entry.value.location, "'\(path)' takes keys and values",
                        note: "keys: " + keys(of: path).joined(separator: ", "))
                }
            } else {
                unknown(entry.key, section: section)
            }
        }
    }

    private mutating func read(_ written: Written, _ setting: Setting) {
        do throws(ValueProblem) {
            switch (written.value, setting.type) {
            case (.nothing, _): return
            case (.list(let items), .list(let most)):
                let texts = items.compactMap { item in
                    if case .scalar(let text) = item.value { return text }
                    report(item.location, "'\(setting.path)' is a list of texts")
                    return nil
                }
                values[setting.path] = .list(try SettingType.list(texts, most: most, setting.path))
            case (.scalar(let text), .list(let most)):
                values[setting.path] = .list(try SettingType.list([text], most: most, setting.path))
            case (.scalar(let text), _):
                values[setting.path] = try setting.type.parse(text, name: setting.path)
            default:
                report(written.location, "'\(setting.path)' takes one value", note: "allowed: \(setting.type.range)")
            }
            origins[setting.path] = .file(written.location)
        } catch {
            report(written.location, error.message, hint: error.hint, note: error.note)
        }
    }

    private mutating func unknown(_ key: Located<String>, section: String) {
        let siblings = keys(of: section)
        var hint = NearestName.of(key.value, in: siblings).map { "did you mean '\($0)'?" }
        let homes = settings.keys.filter { $0.hasSuffix(".\(key.value)") }.map { $0.dropLast(key.value.count + 1) }
        if hint == nil, !homes.isEmpty {
            hint = "'\(key.value)' stands under " + homes.sorted().map { "'\($0)'" }.joined(separator: " or ")
        }
        let place = section.isEmpty ? "" : " in '\(section)'"
        report(
            key.location, "unknown key '\(key.value)'\(place)", hint: hint,
            note: "keys: " + siblings.joined(separator: ", "))
    }

    // MARK: What wins over the file

    /// Takes a value that stands elsewhere.
    /// - Parameter source: what people call that place: a variable, an option.
    mutating func override(_ path: String, with text: String, source: String) {
        guard let setting = settings[path] else {
            let hint = NearestName.of(path, in: settings.keys.sorted()).map { "; did you mean '\($0)'?" }
            problems.append("\(source): there is no key '\(path)'\(hint ?? "")")
            return
        }
        do throws(ValueProblem) {
            values[path] = try setting.type.parse(text, name: path)
            origins[path] = .override(source)
        } catch {
            let parts = [error.message, error.hint, error.note].compactMap { $0 }
            problems.append("\(source): " + parts.joined(separator: "; "))
        }
    }

    /// Takes every variable that begins with `PARLEY_VOICE_`.
    mutating func override(environment: [String: String]) {
        let known = Dictionary(settings.values.map { ($0.variable, $0.path) }) { first, _ in first }
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(Setting.variablePrefix) {
            if let path = known[name] {
                override(path, with: text, source: name)
            } else {
                let hint = NearestName.of(name, in: known.keys.sorted()).map { "did you mean \($0)?" }
                problems.append("\(name): there is no such key; " + (hint ?? "'parley voice --print-config' lists all"))
            }
        }
    }

    /// Says something about a key, where it was written.
    mutating func complain(about path: String, _ message: String, note: String? = nil) {
        switch origins[path] {
        case .file(let location): report(location, message, note: note)
        case .override(let source): problems.append("\(source): \(message)" + (note.map { "; \($0)" } ?? ""))
        case nil: problems.append("\(message)" + (note.map { "; \($0)" } ?? ""))
        }
    }

    mutating func report(_ location: SourceLocation, _ message: String, hint: String? = nil, note: String? = nil) {
        diagnostics.append(Diagnostic(location, message, hint: hint, note: note))
    }

    private func isSection(_ path: String) -> Bool { settings.keys.contains { $0.hasPrefix(path + ".") } }

    /// What may stand in a section, without what is deeper.
    private func keys(of section: String) -> [String] {
        let prefix = section.isEmpty ? "" : section + "."
        let names = settings.keys.filter { $0.hasPrefix(prefix) }.map { path in
            String(path.dropFirst(prefix.count).prefix { $0 != "." })
        }
        return Set(names + (section.isEmpty ? [Self.guildsKey] : [])).sorted()
    }
}
