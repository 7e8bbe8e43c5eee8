public import NetworkImpairment
public import PipelineSpec
import ShippedPipelines

/// Makes a scenario of what is written, and gathers everything that is wrong.
struct ScenarioReader {
    private(set) var diagnostics: [Diagnostic] = []
    private var channels: [Scenario.Channel] = []
    private let pipelines: Set<String>
    private let network: (String) throws -> NetworkProfile?

    /// - Parameter network: finds a profile by the name that is written.
    init(pipelines: Set<String>, network: @escaping (String) throws -> NetworkProfile?) {
        self.pipelines = pipelines
        self.network = network
    }

    /// - Returns: nil if something is wrong.
    mutating func read(_ root: Written) -> Scenario? {
        guard case .mapping(let entries) = root.value else {
            report(root.location, "a scenario is a mapping of keys to values", note: "begin with 'scenario: NAME'")
            return nil
        }
        let titles = Scenario.titleKeys + Scenario.sections
        let general = values(
            entries, Scenario.generalParameters, texts: titles, owner: "a scenario", at: root.location)
        let sections = Dictionary(entries.map { ($0.key.value, $0.value) }) { first, _ in first }
        channels = items(sections["channels"], "channels").compactMap { channel($0) }
        if channels.isEmpty, diagnostics.isEmpty {
            report(root.location, "there are no channels", note: "write 'channels:' and below '- { name: lounge }'")
        }
        let crowds = items(sections["people"], "people").compactMap { crowd($0) }
        let bands = items(sections["hostile"], "hostile").compactMap { band($0) }
        let incidents = items(sections["events"], "events").compactMap { incident($0) }
        guard diagnostics.isEmpty, let general else { return nil }
        return Scenario(
            name: text(sections["scenario"]) ?? "unnamed", description: text(sections["description"]) ?? "",
            duration: general.duration("duration"), shards: general.count("shards"),
            check: general.duration("check"), sample: general.count("sample"), channels: channels, crowds: crowds,
            bands: bands, incidents: incidents)
    }

    // MARK: - Sections

    private mutating func channel(_ item: Written) -> Scenario.Channel? {
        guard let entries = mapping(item, "a channel") else { return nil }
        let values = values(
            entries, Scenario.channelParameters, texts: ["name", "pipeline"], owner: "a channel", at: item.location)
        guard let name = entries.first(where: { $0.key.value == "name" }), let text = text(name.value) else {
            report(item.location, "the channel has no name", note: "write '{ name: lounge }'")
            return nil
        }
        let pipeline = pipelineName(entries.first { $0.key.value == "pipeline" }) ?? "guild-voice"
        // One that is wrong still has its name, so that people in it are no second error.
        return Scenario.Channel(
            name: text, guild: values?.count("guild") ?? 1, pipeline: pipeline, places: values?.count("places") ?? 1)
    }

    private mutating func crowd(_ item: Written) -> Scenario.Crowd? {
        guard let entries = mapping(item, "people"),
            let values = values(
                entries, Scenario.crowdParameters, texts: ["channel", "network"], owner: "people", at: item.location),
            let channel = channel(of: entries, item)
        else { return nil }
        var profile = NetworkProfile()
        if let entry = entries.first(where: { $0.key.value == "network" }), let name = text(entry.value), name != "none"
        {
            guard let found = try? network(name) else {
                let names = ["none"] + ShippedPipelines.networkNames
                report(
                    entry.value.location, "there is no network '\(name)'",
                    hint: NearestName.of(name, in: names).map { "did you mean '\($0)'?" },
                    note: "networks: " + names.joined(separator: ", "))
                return nil
            }
            profile = found
        }
        return Scenario.Crowd(
            channel: channel, count: values.count("count"), network: profile, talk: values.duration("talk"),
            pause: values.duration("pause"), arrival: values.duration("arrival"), stay: values.duration("stay"),
            away: values.duration("away"), selfMutes: values.duration("self-mutes-every"),
            serverMutes: values.duration("server-mutes-every"), localMutes: values.duration("local-mutes-every"),
            deafens: values.duration("deafens-every"), resumes: values.duration("resumes-every"),
            crashes: values.duration("crashes-every"), moves: values.duration("moves-every"))
    }

    private mutating func band(_ item: Written) -> Scenario.Band? {
        guard let entries = mapping(item, "an intruder"),
            let values = values(
                entries, Scenario.bandParameters, texts: ["channel"], owner: "hostile people", at: item.location),
            let channel = channel(of: entries, item)
        else { return nil }
        return Scenario.Band(channel: channel, count: values.count("count"), every: values.duration("every"))
    }

    private mutating func incident(_ item: Written) -> Scenario.Incident? {
        guard let entries = mapping(item, "an event"),
            let values = values(
                entries, Scenario.incidentParameters, texts: ["channel", "pipeline"], owner: "an event",
                at: item.location),
            let kind = values.word("do").flatMap(Scenario.Incident.Kind.init)
        else { return nil }
        var incident = Scenario.Incident(time: values.duration("at"), kind: kind, channel: 0, pipeline: "")
        guard kind == .pipeline else { return incident }
        guard let channel = channel(of: entries, item) else { return nil }
        incident.channel = channel
        guard let name = pipelineName(entries.first { $0.key.value == "pipeline" }) else {
            report(item.location, "'do: pipeline' wants 'pipeline: NAME'")
            return nil
        }
        incident.pipeline = name
        return incident
    }

    // MARK: - Parts

    private mutating func channel(of entries: [Written.Entry], _ item: Written) -> Int? {
        guard let entry = entries.first(where: { $0.key.value == "channel" }), let name = text(entry.value) else {
            report(
                item.location, "'channel' is missing", note: "channels: " + channels.map(\.name).joined(separator: ", ")
            )
            return nil
        }
        if let index = channels.firstIndex(where: { $0.name == name }) { return index }
        let names = channels.map(\.name)
        report(
            entry.value.location, "there is no channel '\(name)'",
            hint: NearestName.of(name, in: names).map { "did you mean '\($0)'?" },
            note: "channels: " + names.joined(separator: ", "))
        return nil
    }

    private mutating func pipelineName(_ entry: Written.Entry?) -> String? {
        guard let entry, let name = text(entry.value) else { return nil }
        if pipelines.contains(name) { return name }
        report(
            entry.value.location, "there is no pipeline '\(name)'",
            hint: NearestName.of(name, in: pipelines.sorted()).map { "did you mean '\($0)'?" },
            note: "pipelines: " + pipelines.sorted().joined(separator: ", "))
        return nil
    }

    private mutating func items(_ section: Written?, _ name: String) -> [Written] {
        guard let section else { return [] }
        switch section.value {
        case .list(let items): return items
        case .nothing: return []
        default:
            report(section.location, "'\(name)' is a list", note: "write each on a line: '- { key: value }'")
            return []
        }
    }

    private mutating func mapping(_ item: Written, _ what: String) -> [Written.Entry]? {
        if case .mapping(let entries) = item.value { return entries }
        report(item.location, "\(what) is written '- { key: value }'")
        return nil
    }

    private func text(_ written: Written?) -> String? {
        if case .scalar(let text) = written?.value { text } else { nil }
    }

    /// The values of declared keys; nil if one is wrong or missing.
    private mutating func values(
        _ entries: [Written.Entry], _ parameters: [Parameter], texts: [String], owner: String, at place: SourceLocation
    ) -> StageArguments? {
        let before = diagnostics.count
        var values: [String: ParameterValue] = [:]
        for entry in entries where !texts.contains(entry.key.value) {
            guard let parameter = parameters.first(where: { $0.name == entry.key.value }) else {
                let names = texts + parameters.map(\.name)
                report(
                    entry.key.location, "\(owner) has no key '\(entry.key.value)'",
                    hint: NearestName.of(entry.key.value, in: names).map { "did you mean '\($0)'?" },
                    note: "keys: " + names.joined(separator: ", "))
                continue
            }
            guard let text = text(entry.value) else {
                report(entry.value.location, "'\(parameter.name)' takes one value")
                continue
            }
            do throws(ValueProblem) {
                values[parameter.name] = try parameter.type.parse(text, parameter: parameter.name)
            } catch { report(entry.value.location, error.message, hint: error.hint, note: error.note) }
        }
        for parameter in parameters where values[parameter.name] == nil && parameter.defaultValue == nil {
            guard !entries.contains(where: { $0.key.value == parameter.name }) else { continue }
            report(place, "'\(parameter.name)' is missing: \(parameter.meaning)")
        }
        guard diagnostics.count == before else { return nil }
        return StageArguments(defaultsOf: parameters, values)
    }

    private mutating func report(
        _ location: SourceLocation, _ message: String, hint: String? = nil, note: String? = nil
    ) {
        diagnostics.append(Diagnostic(location, message, hint: hint, note: note))
    }
}

extension Scenario {
    /// Reads a scenario file.
    /// - Parameters:
    ///   - file: what the errors call it.
    ///   - network: finds a network profile by the name that is written; by itself, those that come with Parley.
    /// - Throws: everything that is wrong with the file, at once.
    public static func load(
        text: String, file: String, network: @escaping (String) throws -> NetworkProfile? = shippedNetwork
    ) throws(PipelineErrors) -> Scenario {
        let written = try StructuredFile.read(text: text, file: file)
        var reader = ScenarioReader(pipelines: Set(ShippedPipelines.names), network: network)
        guard let scenario = reader.read(written) else {
            throw PipelineErrors(file: file, text: text, reader.diagnostics)
        }
        return scenario
    }

    public static func shippedNetwork(_ name: String) throws -> NetworkProfile? {
        try ShippedPipelines.network(named: name).map { try NetworkProfile.load(text: $0, file: name) }
    }
}
