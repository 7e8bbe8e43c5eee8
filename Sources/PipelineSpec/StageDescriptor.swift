public import MediaCore

/// The part of a pipeline that a stage belongs to.
public enum StageScope: String, Sendable, Hashable, CaseIterable {
    /// One lane per person who sends: packets in, PCM out.
    case participant
    /// Once per room: choose voices, mix, limit. What stands after the mix is there once per exclusion class.
    case room
    /// Once per exclusion class: PCM in, packets out.
    case listener
}

/// What a stage of one kind is made of and how to build it. Registering a descriptor makes the kind usable by name.
public struct StageDescriptor: Sendable {
    /// The name in pipeline files: `silence.gate`.
    public let kind: String
    /// One sentence that says what the stage does.
    public let summary: String
    public let scopes: Set<StageScope>
    public let input: MediaType
    public let output: MediaType
    public let parameters: [Parameter]
    /// What a benchmark sets where the defaults would leave the stage nothing to do.
    public let typical: [String: ParameterValue]
    /// Makes the stage; its role gives `input` and `output`.
    public let builder: StageBuilder
    /// Algorithmic latency in samples per channel, for given arguments.
    public let latency: @Sendable (StageArguments, AudioFormat) -> Int
    /// Checks that no single parameter can express; returns the parameter at fault and what is wrong with it.
    public let validate: @Sendable (StageArguments, AudioFormat) -> StageProblem?

    public init(
        kind: String, summary: String, scopes: Set<StageScope>, parameters: [Parameter] = [],
        typical: [String: ParameterValue] = [:],
        latency: @escaping @Sendable (StageArguments, AudioFormat) -> Int = { _, _ in 0 },
        validate: @escaping @Sendable (StageArguments, AudioFormat) -> StageProblem? = { _, _ in nil },
        builder: StageBuilder
    ) {
        self.kind = kind
        self.summary = summary
        self.scopes = scopes
        (input, output) = builder.ports
        self.parameters = parameters
        self.typical = typical
        self.builder = builder
        self.latency = latency
        self.validate = validate
    }
}

/// What is wrong with the arguments of a stage although each is in its range.
public struct StageProblem: Sendable, Hashable {
    /// The parameter to point at; nil for the stage as a whole.
    public var parameter: String?
    /// What was found and what is allowed, without a full stop.
    public var message: String

    public init(parameter: String? = nil, _ message: String) {
        self.parameter = parameter
        self.message = message
    }
}

/// Makes a stage of one role. The role says what goes in and what comes out.
public enum StageBuilder: Sendable {
    /// srtp → rtp
    case unprotector(@Sendable (StageArguments, KeyMaterial) throws -> any PacketFilter & ~Copyable)
    case playoutBuffer(@Sendable (StageArguments, AudioFormat) throws -> any PlayoutBuffer & ~Copyable)
    case payloadFilter(@Sendable (StageArguments, AudioFormat) throws -> any PayloadFilter & ~Copyable)
    case payloadDecoder(@Sendable (StageArguments, AudioFormat) throws -> any PayloadDecoder & ~Copyable)
    case frameFilter(@Sendable (StageArguments, AudioFormat) throws -> any FrameFilter & ~Copyable)
    /// For a bank of so many places, at most.
    case voiceSelector(@Sendable (StageArguments, AudioFormat, Int) throws -> any VoiceSelector & ~Copyable)
    /// For a bank of so many places, at most.
    case voiceMixer(@Sendable (StageArguments, AudioFormat, Int) throws -> any VoiceMixer & ~Copyable)
    case payloadEncoder(@Sendable (StageArguments, AudioFormat) throws -> any PayloadEncoder & ~Copyable)
    case packetizer(@Sendable (StageArguments, StreamIdentity) throws -> any Packetizer & ~Copyable)
    /// rtp → srtp
    case protector(@Sendable (StageArguments, KeyMaterial) throws -> any PacketFilter & ~Copyable)

    /// The types that the role takes and gives.
    public var ports: (input: MediaType, output: MediaType) {
        switch self {
        case .unprotector: (.srtp, .rtp)
        case .playoutBuffer: (.rtp, .opus)
        case .payloadFilter: (.opus, .opus)
        case .payloadDecoder: (.opus, .pcm)
        case .frameFilter: (.pcm, .pcm)
        case .voiceSelector: (.voices, .voices)
        case .voiceMixer: (.voices, .pcm)
        case .payloadEncoder: (.pcm, .opus)
        case .packetizer: (.opus, .rtp)
        case .protector: (.rtp, .srtp)
        }
    }
}
