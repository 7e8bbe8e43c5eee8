package import MediaCore
public import PipelineSpec
import StageCosts

/// What is to be measured of stages: their input, and how many are served in turn.
public struct BenchConditions: Sendable {
    public var inputs: [BenchInput] = BenchInput.allCases
    /// Keys of `srtp.protect` and `srtp.unprotect`.
    public var keys = 1000
    /// Voices of a mix; each width is measured.
    public var voices = [2, 8, 32, 100]
    /// Playout buffers.
    public var senders = 200
    /// Of the keys of `srtp.protect` and `srtp.unprotect`.
    public var suite = "aead-aes-128-gcm"
    /// Seconds of each talker, to be played round and round.
    public var seconds = 6.0

    public init() {}

    /// The only suite that stages allow, if they do.
    public static func suite(of stages: [PlannedStage]) -> String? {
        for stage in stages {
            if case .word(let only)? = stage.arguments["suite"], only != "auto" { return only }
        }
        return nil
    }
}

/// Makes the trials of a stage from its role alone: a stage of one's own is measured like those that come with Parley.
package struct StageTrials {
    /// Voices among which a selector chooses.
    static let selectionWidths = [8, 100]
    /// Of Opus at 80 kbit/s on the way out, and at 32 kbit/s on the way in, in frames of 20 ms.
    static let (sentBytes, receivedBytes) = (200, 80)

    let registry: StageRegistry
    let format: AudioFormat
    let conditions: BenchConditions
    private let meter: AllocationMeter?
    private let talkers: [BenchInput: [BenchMaterial]]

    package init(
        registry: StageRegistry, format: AudioFormat, conditions: BenchConditions, meter: AllocationMeter? = nil
    ) throws {
        self.registry = registry
        self.format = format
        self.conditions = conditions
        self.meter = meter
        var talkers: [BenchInput: [BenchMaterial]] = [:]
        for input in Set(conditions.inputs + [.speech]) {
            talkers[input] = try (0..<4).map {
                try BenchMaterial(input, talker: $0, format: format, seconds: conditions.seconds)
            }
        }
        self.talkers = talkers
    }

    package func talkers(_ input: BenchInput) -> [BenchMaterial] { talkers[input] ?? [] }

    /// All trials of one stage: each input, each part, each width.
    package func trials(of stage: PlannedStage) throws -> [TrialSpec] {
        let (arguments, format) = (stage.arguments, format)
        switch stage.descriptor.builder {
        case .unprotector(let make): return try trials(of: stage, unprotector: make)
        case .protector(let make): return try trials(of: stage, protector: make)
        case .playoutBuffer(let make):
            return try trials(of: stage, playoutBuffer: { try make(arguments, format) })
        case .payloadFilter(let make):
            let state = try stateBytes { _ = try make(arguments, format) }
            return each(stage, .packet, state, isOneSender: true) {
                PayloadFilterTrial(try make(arguments, format), $0[0])
            }
        case .payloadDecoder(let make):
            let state = try stateBytes { _ = try make(arguments, format) }
            return each(stage, .packet, state, isOneSender: true) {
                try DecoderTrial(try make(arguments, format), $0[0])
            }
        case .frameFilter(let make):
            let state = try stateBytes { _ = try make(arguments, format) }
            let floor: FrameFilterTrial.Floor = stage.descriptor.kind == "high-pass" ? .biquad : .pass
            return each(stage, .frame, state) {
                FrameFilterTrial(try make(arguments, format), $0[0], floor: floor)
            }
        case .voiceSelector(let make):
            return try Self.selectionWidths.flatMap { width in
                let state = try stateBytes { _ = try make(arguments, format, width) }
                return each(stage, .tick, state, width: width, of: "voices", isOneSender: true) {
                    SelectorTrial(try make(arguments, format, width), $0, voices: width)
                }
            }
        case .voiceMixer(let make):
            return try conditions.voices.flatMap { width in
                let state = try stateBytes { _ = try make(arguments, format, width) }
                return each(stage, .frame, state, width: width, of: "voices", isOneSender: true) {
                    try MixerTrial($0, voices: width) { try make(arguments, format, width) }
                }
            }
        case .payloadEncoder(let make):
            let state = try stateBytes { _ = try make(arguments, format) }
            return each(stage, .frame, state) {
                EncoderTrial(try make(arguments, format), try FloorEncoder(format, like: stage), $0[0])
            }
        case .packetizer(let make):
            let identity = StreamIdentity(ssrc: 1)
            let (state, material) = (try stateBytes { _ = try make(arguments, identity) }, talkers(.speech)[0])
            return [
                TrialSpec(subject(stage, .speech), .packet, stateBytes: state) {
                    PacketizerTrial(try make(arguments, identity), material)
                }
            ]
        }
    }

    // MARK: - Packets

    private func trials(
        of stage: PlannedStage, playoutBuffer make: @escaping @Sendable () throws -> any PlayoutBuffer & ~Copyable
    ) throws -> [TrialSpec] {
        let (state, material, senders) = (try stateBytes { _ = try make() }, talkers(.speech)[0], conditions.senders)
        return [(PlayoutTrial.Part.ingest, StageCost.Unit.packet), (.tick, .tick)].map { part, unit in
            TrialSpec(
                subject(stage, .speech, part: part.rawValue, width: senders, of: "senders"), unit, stateBytes: state
            ) { try PlayoutTrial(part, material, senders: senders, make: make) }
        }
    }

    private func trials(
        of stage: PlannedStage,
        protector make: @escaping @Sendable (StageArguments, KeyMaterial) throws -> any PacketFilter & ~Copyable
    ) throws -> [TrialSpec] {
        let arguments = stage.arguments
        let keys = try BenchKeys(suite: conditions.suite, count: conditions.keys)
        let state = try stateBytes { _ = try make(arguments, keys.material(0)) }
        return [
            TrialSpec(subject(stage, part: nil, width: keys.count, of: "keys"), .packet, stateBytes: state) {
                try ProtectTrial(keys, payloadBytes: Self.sentBytes) { try make(arguments, $0) }
            }
        ]
    }

    private func trials(
        of stage: PlannedStage,
        unprotector make: @escaping @Sendable (StageArguments, KeyMaterial) throws -> any PacketFilter & ~Copyable
    ) throws -> [TrialSpec] {
        guard let protect = registry["srtp.protect"], case .protector(let seal) = protect.builder else {
            throw BenchError(
                "\(stage.descriptor.kind) is measured on what 'srtp.protect' seals, which is not registered")
        }
        let (arguments, sealing) = (stage.arguments, StageArguments(defaultsOf: protect.parameters))
        let keys = try BenchKeys(suite: conditions.suite, count: conditions.keys)
        let state = try stateBytes { _ = try make(arguments, keys.material(0)) }
        return [
            TrialSpec(subject(stage, part: nil, width: keys.count, of: "keys"), .packet, stateBytes: state) {
                try UnprotectTrial(
                    keys, payloadBytes: Self.receivedBytes, make: { try make(arguments, $0) },
                    seal: { try seal(sealing, $0) })
            }
        ]
    }

    // MARK: - Parts

    /// One trial for each input.
    /// - Parameter isOneSender: whether what goes in is one person's: then there is no crowd.
    private func each(
        _ stage: PlannedStage, _ unit: StageCost.Unit, _ stateBytes: Int?, width: Int = 1, of what: String? = nil,
        isOneSender: Bool = false, make: @escaping @Sendable ([BenchMaterial]) throws -> any Trial & ~Copyable
    ) -> [TrialSpec] {
        conditions.inputs.filter { !isOneSender || $0 != .crowd }.map { input in
            let talkers = talkers(input)
            return TrialSpec(subject(stage, input, width: width, of: what), unit, stateBytes: stateBytes) {
                try make(talkers)
            }
        }
    }

    private func subject(
        _ stage: PlannedStage, _ input: BenchInput? = nil, part: String? = nil, width: Int = 1, of what: String? = nil
    ) -> CostSubject {
        CostSubject(
            kind: stage.descriptor.kind, part: part, arguments: CostSubject.arguments(of: stage),
            input: input?.rawValue ?? "", width: width, widthUnit: what, format: CostFormat(format))
    }

    /// Heap memory that making one takes.
    private func stateBytes(_ make: () throws -> Void) throws -> Int? {
        // Once before: libraries allocate what they keep for all.
        try make()
        guard let meter else { return nil }
        meter.start()
        do { try make() } catch {
            _ = meter.stop()
            throw error
        }
        return meter.stop().bytes
    }
}
