import MediaCore

/// Holds a spec against a registry: every stage known, in its scope, fitting its neighbours, with values of its types.
struct Planner {
    private let registry: StageRegistry
    private(set) var diagnostics: [Diagnostic] = []

    init(registry: StageRegistry) { self.registry = registry }

    /// - Returns: nil if anything is wrong; `diagnostics` then says what.
    mutating func plan(_ spec: PipelineSpec) -> PipelinePlan? {
        let format = readFormat(spec.format)
        var planned: [StageScope: [PlannedStage]] = [:]
        for scope in StageScope.allCases {
            guard let location = spec.scopeLocations[scope] else { continue }
            planned[scope] = chain(spec.scopes[scope] ?? [], scope, location, format)
        }
        guard diagnostics.isEmpty, let name = spec.name else { return nil }
        return PipelinePlan(
            name: name.value, description: spec.description ?? "", format: format,
            participant: planned[.participant] ?? [], room: planned[.room] ?? [], listener: planned[.listener] ?? [])
    }

    // MARK: - Format

    /// The keys of `format`, described like a stage's.
    static let formatParameters = [
        Parameter(
            "rate", .choice(["8 kHz", "12 kHz", "16 kHz", "24 kHz", "48 kHz"]), default: .word("48 kHz"), "sample rate"),
        Parameter("channels", .choice(["mono", "stereo"]), default: .word("mono"), "channels"),
        Parameter(
            "frame", .choice(["2.5 ms", "5 ms", "10 ms", "20 ms", "40 ms", "60 ms"]), default: .word("20 ms"),
            "what one tick moves"),
    ]

    private mutating func readFormat(_ written: [PipelineSpec.Argument]) -> AudioFormat {
        let values = arguments(normalised(written), Self.formatParameters, of: "'format'")
        let rate = Int((Double(values.word("rate")?.split(separator: " ").first ?? "48") ?? 48) * 1000)
        let frame = Double(values.word("frame")?.split(separator: " ").first ?? "20") ?? 20
        return AudioFormat(
            sampleRate: rate, channels: values.word("channels") == "stereo" ? 2 : 1,
            samplesPerFrame: Int((frame * Double(rate) / 1000).rounded()))
    }

    /// `48kHz`, `48000 Hz`, `1`, `0.02 s` are as good as what the choices say.
    private func normalised(_ written: [PipelineSpec.Argument]) -> [PipelineSpec.Argument] {
        written.map { argument in
            var argument = argument
            guard let quantity = Quantity(argument.value.value) else { return argument }
            func number(_ value: Double) -> String {
                value == value.rounded() ? ParameterType.number(0...0).text(.number(value)) : "\(value)"
            }
            switch (argument.name.value, quantity.unit) {
            case ("rate", "kHz"): argument.value.value = "\(number(quantity.number)) kHz"
            case ("rate", "Hz"): argument.value.value = "\(number(quantity.number / 1000)) kHz"
            case ("frame", "ms"): argument.value.value = "\(number(quantity.number)) ms"
            case ("channels", "") where quantity.number == 1: argument.value.value = "mono"
            case ("channels", "") where quantity.number == 2: argument.value.value = "stereo"
            default: break
            }
            return argument
        }
    }

    // MARK: - Chains

    /// What may come into a scope and what must leave it, the usual first. Packets may be part of a pipeline or not.
    private static func ends(of scope: StageScope) -> (from: [MediaType], to: [MediaType]) {
        switch scope {
        case .participant: ([.opus, .rtp, .srtp], [.pcm])
        case .room: ([.voices], [.pcm])
        case .listener: ([.pcm], [.opus, .rtp, .srtp])
        }
    }

    /// What the chain begins with: what its first stage takes, if the scope allows that.
    private func beginning(_ stages: [PipelineSpec.Stage], _ allowed: [MediaType]) -> MediaType {
        let first = stages.first.flatMap { registry[$0.kind.value]?.input }
        return first.flatMap { allowed.contains($0) ? $0 : nil } ?? allowed[0]
    }

    private mutating func chain(
        _ stages: [PipelineSpec.Stage], _ scope: StageScope, _ location: SourceLocation, _ format: AudioFormat
    ) -> [PlannedStage] {
        let ends = Self.ends(of: scope)
        var planned: [PlannedStage] = []
        // What arrives at the next stage; nil after a stage that is not understood, so that it is reported once only.
        var arriving: MediaType? = beginning(stages, ends.from)
        var giver = "the start of scope '\(scope.rawValue)'"
        for stage in stages {
            guard let descriptor = find(stage, scope, arriving) else {
                arriving = nil
                continue
            }
            if let arriving, descriptor.input != arriving {
                report(
                    stage.kind,
                    "stage '\(descriptor.kind)' takes \(descriptor.input.rawValue), but gets "
                        + "\(arriving.rawValue) from \(giver)",
                    note: between(arriving, descriptor.input, scope))
            }
            arriving = descriptor.output
            giver = "'\(descriptor.kind)'"
            planned += plan(stage, descriptor, format)
        }
        if let arriving, !ends.to.contains(arriving) {
            let needed = kinds(from: arriving, to: ends.to[0], scope)
            diagnostics.append(
                Diagnostic(
                    location,
                    "scope '\(scope.rawValue)' ends with \(arriving.rawValue), but must end with \(ends.to[0].rawValue)",
                    note: "it needs a stage that goes from \(arriving.rawValue) to \(ends.to[0].rawValue): \(needed)"))
        }
        return planned
    }

    private mutating func find(
        _ stage: PipelineSpec.Stage, _ scope: StageScope, _ arriving: MediaType?
    ) -> StageDescriptor? {
        let kind = stage.kind.value
        guard let descriptor = registry[kind] else {
            let fitting = registry.all.filter { $0.scopes.contains(scope) && (arriving == nil || $0.input == arriving) }
            report(
                stage.kind, "unknown stage '\(kind)'",
                hint: NearestName.of(kind, in: registry.all.map(\.kind)).map { "did you mean '\($0)'?" },
                note: "stages that fit here: " + fitting.map(\.kind).joined(separator: ", "))
            return nil
        }
        guard descriptor.scopes.contains(scope) else {
            let right = StageScope.allCases.filter(descriptor.scopes.contains).map { "'\($0.rawValue)'" }
            report(
                stage.kind, "stage '\(kind)' does not belong into scope '\(scope.rawValue)'",
                hint: "move it to " + right.joined(separator: " or "))
            return nil
        }
        return descriptor
    }

    private mutating func plan(
        _ stage: PipelineSpec.Stage, _ descriptor: StageDescriptor, _ format: AudioFormat
    ) -> [PlannedStage] {
        let before = diagnostics.count
        let values = arguments(stage.arguments, descriptor.parameters, of: "'\(descriptor.kind)'", stage.kind)
        guard diagnostics.count == before else { return [] }
        if let problem = descriptor.validate(values, format) {
            let argument = stage.arguments.first { $0.name.value == problem.parameter }
            report(argument?.value ?? stage.kind, "stage '\(descriptor.kind)': \(problem.message)")
            return []
        }
        return [PlannedStage(descriptor, values, format: format)]
    }

    private func kinds(from: MediaType, to: MediaType, _ scope: StageScope) -> String {
        let found = registry.all.filter { $0.scopes.contains(scope) && $0.input == from && $0.output == to }
        return found.isEmpty ? "none is known" : found.map(\.kind).joined(separator: ", ")
    }

    private func between(_ from: MediaType, _ to: MediaType, _ scope: StageScope) -> String {
        let found = registry.all.filter { $0.scopes.contains(scope) && $0.input == from && $0.output == to }
        guard !found.isEmpty else {
            return "nothing goes from \(from.rawValue) to \(to.rawValue) here; change the order"
        }
        return "between them belongs a stage that goes from \(from.rawValue) to \(to.rawValue): "
            + found.map(\.kind).joined(separator: ", ")
    }

    // MARK: - Arguments

    mutating func arguments(
        _ written: [PipelineSpec.Argument], _ parameters: [Parameter], of owner: String,
        _ place: Located<String>? = nil
    ) -> StageArguments {
        var values: [String: ParameterValue] = [:]
        for argument in written {
            let name = argument.name.value
            guard let parameter = parameters.first(where: { $0.name == name }) else {
                let names = parameters.map(\.name)
                report(
                    argument.name, "\(owner) has no parameter '\(name)'",
                    hint: NearestName.of(name, in: names).map { "did you mean '\($0)'?" },
                    note: names.isEmpty ? "it has none" : "it has " + names.joined(separator: ", "))
                continue
            }
            do {
                values[name] = try parameter.type.parse(argument.value.value, parameter: name)
            } catch {
                report(argument.value, error.message, hint: error.hint, note: error.note)
            }
        }
        for parameter in parameters where parameter.defaultValue == nil && values[parameter.name] == nil {
            guard let place, !written.contains(where: { $0.name.value == parameter.name }) else { continue }
            report(
                place, "stage \(owner) needs '\(parameter.name)'",
                note: "\(parameter.meaning); \(parameter.type.range)")
        }
        return StageArguments(defaultsOf: parameters, values)
    }

    private mutating func report(
        _ place: Located<String>, _ message: String, hint: String? = nil, note: String? = nil
    ) {
        diagnostics.append(Diagnostic(place.location, message, hint: hint, note: note))
    }
}
