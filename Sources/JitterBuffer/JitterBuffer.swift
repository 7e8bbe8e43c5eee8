public import MediaCore
import RTPWire

/// The stages `jitter.adaptive` and `jitter.fixed`: puts packets in order, evens out their arrival, and tells a pause from
/// a loss.
///
/// The delay is counted against the fastest packets of late (`TransitWindow`). How much of it is needed is a quantile of
/// what packets come later than those (`DelayHistogram`); it is taken at the start of a talk-spurt, and between those the
/// pace is changed until the delay is near enough. Times and counts are in samples at 48 kHz.
public struct JitterBuffer: PlayoutBuffer, ~Copyable {
    public struct Configuration: Sendable, Hashable {
        /// The share of packets that shall be in time, 0.5...0.999.
        public var quantile = 0.95
        public var minimum = Duration.milliseconds(20)
        public var maximum = Duration.milliseconds(200)
        /// A delay that is held, whatever comes; nil to adapt it.
        public var fixed: Duration?
        /// Whether pauses are filled with noise like the sender's background; else with silence.
        public var fillsWithComfortNoise = true
        /// What one tick takes out.
        public var frame = Duration.milliseconds(20)

        public init() {}
    }

    enum State {
        /// Nothing is played until the next packet's time has come.
        case waiting
        case playing
    }

    /// Packets that wait, at most: 640 ms of the shortest ones; 5 s of the usual ones.
    public static let capacity = 256
    /// Concealment of a silence that nobody has explained ends after this.
    public static let longestStall = 5760
    /// A jump of timestamps against arrivals beyond this is believed only when the packet after it agrees: 10 s.
    static let maximumJump: Int64 = 480_000
    /// More delay than is needed is kept for so long, unless it is much more (a frame and 10 ms): 4 s. If it was needed again, it is kept
    /// eight times as long the next time, but no longer than ten minutes.
    static let muchSpare = 480
    static let shortestPatience = 192_000
    static let longestPatience = 28_800_000
    /// Clocks that differ by less than this, 20 ppm, move packets by less than a frame in a quarter of an hour.
    static let steadyDrift = 0.00002
    /// No pitch period is longer: 15 ms.
    static let longestPeriod = 720
    /// Less than this that is decoded ahead is left as it is: there is no pitch period in it. 3 ms.
    static let leastAhead = 144
    /// What waits longer than the maximum by so much is skipped: 500 ms.
    static let maximumExcess = 24_000

    public internal(set) var statistics = PlayoutStatistics()
    public internal(set) var target: Int
    public let fillsWithComfortNoise: Bool
    let minimum: Int
    let maximum: Int
    let frame: Int
    let isFixed: Bool

    var state = State.waiting
    var store: PacketStore
    var transits = TransitWindow()
    var histogram: DelayHistogram
    var drifting = DriftController()
    /// The entry whose payload the last step spoke of.
    var current: PacketStore.Entry?

    // The stream.
    var ssrc: UInt32?
    var sequence = SequenceNumberUnwrapper()
    var timestamps = TimestampUnwrapper()
    var newestArrival: Int64 = 0
    var recent = RecentPackets()
    var candidates = RestartCandidates()
    var needsRestart = false
    /// Share of late packets that carry in-band FEC, as a smoothed 0...1.
    var redundancy = 0.0

    // The playout.
    /// The first sample that has not been handed out.
    var playhead: Int64 = 0
    /// The sequence number that belongs there.
    var expected: Int64 = 0
    var hasPlayed = false
    var lastSamples = 960
    var lastWasSilent = false
    /// Filled in since the last packet ran out.
    var stalled = 0
    var pausedAt: Int64?
    /// Samples since the pace was last looked at.
    var lastPace: Int64?
    /// For so many samples there has been more delay than is needed.
    var ample = 0
    var patience = shortestPatience
    /// Delay has gone that was not needed for long, and has not been needed since.
    var hasGivenBack = false

    public init(_ configuration: Configuration = Configuration()) {
        func samples(_ duration: Duration) -> Int { Int(duration / .nanoseconds(1)) * 48 / 1_000_000 }
        isFixed = configuration.fixed != nil
        minimum = samples(configuration.fixed ?? configuration.minimum)
        maximum = max(samples(configuration.fixed ?? configuration.maximum), minimum)
        frame = samples(configuration.frame)
        histogram = DelayHistogram(share: configuration.quantile)
        fillsWithComfortNoise = configuration.fillsWithComfortNoise
        target = minimum
        store = PacketStore(capacity: Self.capacity)
    }

    public var isIdle: Bool { store.isEmpty && state == .waiting }
    public var drift: Double { drifting.drift }

    public var payload: Span<UInt8> {
        @_lifetime(borrow self) get {
            guard let current else { return Span() }
            return store.payload(of: current)
        }
    }

    public mutating func reset() {
        restart()
        drifting.reset()
        ssrc = nil
        needsRestart = false
        (playhead, expected, lastSamples, newestArrival) = (0, 0, 960, 0)
        pausedAt = nil
        statistics = PlayoutStatistics()
    }

    /// Forgets the stream, but not the counts.
    mutating func restart() {
        store.removeAll()
        histogram.removeAll()
        transits = TransitWindow()
        sequence = SequenceNumberUnwrapper()
        timestamps = TimestampUnwrapper()
        recent = RecentPackets()
        drifting.release()
        state = .waiting
        candidates.removeAll()
        current = nil
        (hasPlayed, stalled, lastWasSilent) = (false, 0, false)
        target = minimum
        redundancy = 0
        lastPace = nil
        (ample, patience, hasGivenBack) = (0, Self.shortestPatience, false)
    }
}

/// Which of the last sequence numbers have come: 1024 bits.
struct RecentPackets {
    private static let window: Int64 = 1024

    private var bits = InlineArray<16, UInt64>(repeating: 0)
    private var highest = Int64.min

    /// - Returns: whether the packet had come before.
    mutating func insert(_ sequenceNumber: Int64) -> Bool {
        if highest == .min { highest = sequenceNumber }
        if sequenceNumber > highest {
            let steps = min(sequenceNumber - highest, Self.window)
            for step in 0..<steps { clear(sequenceNumber - step) }
            highest = sequenceNumber
        }
        guard highest - sequenceNumber < Self.window else { return true }
        let (word, bit) = place(sequenceNumber)
        defer { bits[word] |= bit }
        return bits[word] & bit != 0
    }

    private mutating func clear(_ sequenceNumber: Int64) {
        let (word, bit) = place(sequenceNumber)
        bits[word] &= ~bit
    }

    private func place(_ sequenceNumber: Int64) -> (Int, UInt64) {
        let place = Int(sequenceNumber & (Self.window - 1))
        return (place >> 6, 1 << UInt64(place & 63))
    }
}
