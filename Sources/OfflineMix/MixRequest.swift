public import AudioFile
public import MediaCore
public import PacketCapture
public import PipelineSpec

/// One recording and where it goes in the mix.
public struct MixInput: Sendable {
    /// What the participant is called in options, tables and reports; unique within a request.
    public var name: String
    /// A path, or `-` for standard input.
    public var path: String
    /// When the recording starts in the mix's time; negative leaves out its beginning.
    public var offset = Duration.zero
    public var gain = Decibels(0)
    /// The stream of the capture at `path`; nil for other files.
    public var stream: CapturedStream?
    /// -1 left, 0 centre, 1 right; needs a stereo pipeline.
    public var pan: Float = 0

    public init(name: String, path: String) {
        self.name = name
        self.path = path
    }
}

/// One file to write, or standard output (`-`).
public struct MixTarget: Sendable {
    /// A kind of file, and with it the port at which the mix leaves the chain.
    public enum Format: Sendable, Hashable {
        case audio(AudioFileFormat)
        /// Packets, as a listener would get them.
        case capture(CaptureReader.Format)

        public var fileExtension: String {
            switch self {
            case .audio(let format): format.fileExtension
            case .capture(let format): format.rawValue
            }
        }
    }

    public var path: String
    public var format: Format
    /// Of the samples in the file; Opus and Vorbis files ignore it.
    public var sampleFormat: SoundSampleFormat?
    public var overwrites: Bool
    /// Seals the packets of a capture; nil leaves them open.
    public var key: KeyMaterial?

    public init(path: String, format: Format, sampleFormat: SoundSampleFormat? = nil, overwrites: Bool = false) {
        self.path = path
        self.format = format
        self.sampleFormat = sampleFormat
        self.overwrites = overwrites
    }
}

/// Everything that one offline mix needs to know.
public struct MixRequest: Sendable {
    public var plan: PipelinePlan
    public var inputs: [MixInput]
    public var output: MixTarget
    /// One file per participant, after the participant's stages, aligned with the mix; in the order of `inputs`.
    public var stems: [MixTarget] = []
    /// The participant who is to hear the mix, and so is not in it; nil for everyone in it.
    public var minus: String?
    /// The part of the mix's time that is wanted.
    public var from = Duration.zero
    public var to: Duration?
    /// Threads that decode; the bytes that come out do not depend on it.
    public var jobs = 1
    /// What was noticed before the mix; the summary begins with it.
    public var warnings: [String] = []
    /// Whether to measure what only the summary needs: loudness, peaks, speaking time.
    public var measures = true

    public init(plan: PipelinePlan, inputs: [MixInput], output: MixTarget) {
        self.plan = plan
        self.inputs = inputs
        self.output = output
    }
}

extension MixRequest {
    /// Participants that one mix can have: the places of a room.
    public static let maximumInputs = ExclusionSet.capacity
    /// The latest moment that a mix can reach.
    public static let maximumDuration = Duration.seconds(24 * 3600)
}
