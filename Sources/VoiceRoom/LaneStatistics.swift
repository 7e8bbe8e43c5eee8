/// What a participant's lane has met so far. Counts only grow.
public struct LaneStatistics: Sendable, Hashable {
    public var packetsDecoded = 0
    /// Packets that a payload filter found silent.
    public var packetsSkipped = 0
    /// Packets that the decoder refused; they were concealed.
    public var packetsCorrupt = 0
    /// Samples per channel that are not the sender's: concealed or recovered.
    public var samplesConcealed = 0
    /// Samples per channel of gaps too long to conceal.
    public var samplesMissing = 0

    public init() {}
}
