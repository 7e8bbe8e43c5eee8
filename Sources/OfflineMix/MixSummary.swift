public import MediaCore
public import VoiceRoom

/// What came of a mix.
public struct MixSummary: Sendable {
    public struct Participant: Sendable {
        public var name: String
        public var path: String
        /// How long the participant was in the mix, in seconds.
        public var duration = 0.0
        /// How long they were heard to speak, in seconds.
        public var speaking = 0.0
        /// Their part of everyone's speaking time, 0...1.
        public var share = 0.0
        /// Integrated loudness of what was heard of them, in LUFS (EBU R128); nil if nothing was, or nothing measured.
        public var loudness: Double?
        /// Highest sample; -infinity if silent.
        public var peak = Decibels(-.infinity)
        public var lane = LaneStatistics()
        /// How its packets fared; nil for a file.
        public var network: Network?
        /// For each bin, in how many of its ticks the participant spoke.
        public var activity = Timeline(.sum)

        public init(name: String, path: String) {
            self.name = name
            self.path = path
        }
    }

    /// What became of a captured stream's packets.
    public struct Network: Sendable, Hashable {
        public var packets: PacketStatistics
        public var playout: PlayoutStatistics
        /// Of the sender's clock against the capture's, as a part.
        public var drift: Double

        public init(packets: PacketStatistics, playout: PlayoutStatistics, drift: Double) {
            self.packets = packets
            self.playout = playout
            self.drift = drift
        }
    }

    /// What the stages after the mix took away.
    public struct Limiting: Sendable {
        /// The deepest reduction; 0 dB if there was none.
        public var deepest = Decibels(0)
        /// When that was, in seconds.
        public var position = 0.0
        /// How long any gain was reduced, in seconds.
        public var duration = 0.0

        public init(deepest: Decibels = Decibels(0), position: Double = 0, duration: Double = 0) {
            self.deepest = deepest
            self.position = position
            self.duration = duration
        }
    }

    public var pipeline: String
    public var output: String
    public var format: AudioFormat
    /// In seconds.
    public var duration = 0.0
    public var participants: [Participant] = []
    /// Integrated loudness of the mix in LUFS; nil if it is silent, or nothing was measured.
    public var loudness: Double?
    public var peak = Decibels(-.infinity)
    public var limiting = Limiting()
    /// Bytes written to the output.
    public var bytes: Int64 = 0
    /// Highest sample of the mix per bin.
    public var level = Timeline(.highest)
    /// Lowest gain per bin.
    public var gain = Timeline(.lowest)
    /// What was damaged and what was done about it.
    public var warnings: [String] = []

    public init(pipeline: String, output: String, format: AudioFormat) {
        self.pipeline = pipeline
        self.output = output
        self.format = format
    }
}
