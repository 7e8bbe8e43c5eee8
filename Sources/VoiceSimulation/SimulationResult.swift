public import LiveRoom
public import VoiceInstance

/// What came of a simulation.
public struct SimulationResult: Sendable {
    public var scenario: String
    public var seed: UInt64
    /// Of everything that was sent: equal for equal scenarios and seeds.
    public var digest: UInt64 = 0
    /// Virtual nanoseconds.
    public var duration: Int64 = 0
    /// Empty if every promise was kept.
    public var violations: [Violation] = []
    public var shards: [ShardStatistics] = []
    public var instance = InstanceStatistics()
    /// From the first packet of a talk-spurt that came in to the tick that heard it, in nanoseconds, sorted.
    public var onsets: [Int64] = []
    /// Packets of mixes that were looked at, and windows of half a second that were listened to.
    public var packetsChecked = 0
    public var windowsHeard = 0
    public var attacks = 0
    /// Datagrams that reached a shard.
    public var received = 0
    /// Hours that people spent in rooms, in nanoseconds.
    public var presence: Int64 = 0

    public var isFine: Bool { violations.isEmpty }

    init(scenario: String, seed: UInt64) {
        self.scenario = scenario
        self.seed = seed
    }

    /// - Parameter share: 0...1
    public func onset(_ share: Double) -> Int64 {
        onsets.isEmpty ? 0 : onsets[min(Int(Double(onsets.count) * share), onsets.count - 1)]
    }
}
