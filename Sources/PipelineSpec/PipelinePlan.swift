public import MediaCore

/// A pipeline that has passed every check: typed, sized, ready to be built into lanes.
public struct PipelinePlan: Sendable {
    public let name: String
    /// What the file says of itself; may be empty.
    public let description: String
    public let format: AudioFormat
    /// From `.srtp`, `.rtp` or `.opus` to `.pcm`.
    public let participant: [PlannedStage]
    /// From `.voices` to `.pcm`.
    public let room: [PlannedStage]
    /// From `.pcm` to `.opus`, `.rtp` or `.srtp`.
    public let listener: [PlannedStage]

    public init(
        name: String, description: String = "", format: AudioFormat, participant: [PlannedStage], room: [PlannedStage],
        listener: [PlannedStage]
    ) {
        self.name = name
        self.description = description
        self.format = format
        self.participant = participant
        self.room = room
        self.listener = listener
    }

    public subscript(scope: StageScope) -> [PlannedStage] {
        switch scope {
        case .participant: participant
        case .room: room
        case .listener: listener
        }
    }

    /// Whether a scope has a stage that takes a media type: whether a source may enter there, a sink leave there.
    public func has(input: MediaType, in scope: StageScope) -> Bool {
        self[scope].contains { $0.descriptor.input == input && $0.descriptor.output != input }
    }

    /// Delay that the stages of a scope add, in samples per channel.
    public func latency(of scope: StageScope) -> Int { self[scope].reduce(0) { $0 + $1.latency } }
}

/// One stage of a plan: its kind and its checked arguments.
public struct PlannedStage: Sendable {
    public let descriptor: StageDescriptor
    public let arguments: StageArguments
    /// Algorithmic latency in samples per channel.
    public let latency: Int

    public init(_ descriptor: StageDescriptor, _ arguments: StageArguments, format: AudioFormat) {
        self.descriptor = descriptor
        self.arguments = arguments
        latency = descriptor.latency(arguments, format)
    }
}
