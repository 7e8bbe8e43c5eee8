/// What a jitter buffer is told of a packet, beside its payload.
public struct MediaPacket: Sendable, Hashable {
    public var sequenceNumber: UInt16
    /// At 48 kHz (RFC 7587 §4.1).
    public var timestamp: UInt32
    public var ssrc: UInt32
    /// Set on the first packet of a talk-spurt, by senders that say so.
    public var marker: Bool
    /// How much the packet holds, in samples per channel at 48 kHz.
    public var samples: Int
    /// What the sender says of its level (RFC 6464), in dBov, -127...0; nil if nothing.
    public var audioLevel: Int?
    /// Whether the packet says itself that it is silent (DTX).
    public var isSilent = false
    /// Whether it carries a redundant copy of the packet before it (in-band FEC).
    public var carriesRedundancy = false
    /// Whether it is itself a copy that a later packet carried (RED).
    public var isCopy = false

    public init(sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32, marker: Bool, samples: Int) {
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.marker = marker
        self.samples = samples
    }
}

/// What the decoder is to do for the samples that are heard next. Counts are in samples per channel at 48 kHz.
public enum PlayoutStep: Sendable, Hashable {
    /// Decode the buffer's `payload`. `isSpliced` says that it does not continue what was decoded before: after a pause,
    /// or because packets were skipped.
    case decode(MediaPacket, isSpliced: Bool)
    /// The sender is another than before: the decoder begins anew. Ask again.
    case restart
    /// A packet is lost: fill in for it. The buffer's `payload` is the first packet that has come after it; it begins
    /// `distance` samples from here.
    case conceal(samples: Int, distance: Int)
    /// Nothing has come in time, and nobody knows why: fill in, `elapsed` samples after it began.
    case stall(samples: Int, elapsed: Int)
    /// The sender is silent, or has not begun.
    case pause
    /// There is nothing to decode ahead of time.
    case nothing
}

/// What a playout buffer asks of the samples that were decoded already.
public struct PlayoutPace: Sendable, Hashable {
    public enum Adjustment: Sendable, Hashable {
        case none
        /// Play faster: take out pitch periods of at most so many samples at 48 kHz. `isUrgent` where that matters more
        /// than how it sounds.
        case shorten(atMost: Int, isUrgent: Bool)
        /// Play slower: repeat pitch periods.
        case lengthen
    }

    public var adjustment = Adjustment.none
    /// By how much faster than the room's clock the sender's runs, as a part: 0.0002 for 200 ppm.
    public var drift = 0.0

    public init() {}
}

/// What a playout buffer has met so far. Counts only grow; samples are per channel at 48 kHz.
public struct PlayoutStatistics: Sendable, Hashable {
    /// Packets taken in, copies left out.
    public var received = 0
    public var played = 0
    /// Packets that came when their turn had passed, whether they were still played (what had been filled in then stays
    /// as delay) or not.
    public var late = 0
    public var duplicates = 0
    /// Packets that came after one with a higher sequence number.
    public var reordered = 0
    /// Packets whose turn came before they did, whatever was done about it.
    public var lost = 0
    /// Of those, restored from a copy in a later packet (RED).
    public var recoveredFromCopy = 0
    /// Of those, restored from in-band FEC.
    public var recoveredFromFEC = 0
    /// Filled in because a packet was lost or late.
    public var samplesConcealed = 0
    /// Filled in because the sender stopped without a word; it turned out to be a pause.
    public var samplesBridged = 0
    /// Taken out to play faster.
    public var samplesShortened = 0
    /// Put in to play slower.
    public var samplesLengthened = 0
    /// Packets left out to catch up after an outage.
    public var skipped = 0
    /// Packets for which there was no room.
    public var overflowed = 0
    /// Packets that do not belong to the stream: from the future, with absurd timestamps, of another source.
    public var refused = 0
    /// New sources and new beginnings.
    public var restarts = 0
    /// Times from a packet's arrival to its first sample, summed over `played`.
    public var delaySum = 0
    public var longestDelay = 0

    public init() {}

    /// The mean of the times from a packet's arrival to its first sample, in seconds.
    public var meanDelay: Double { played == 0 ? 0 : Double(delaySum) / Double(played) / 48_000 }
}

/// rtp → opus. Takes packets in when they arrive and says once per tick what is to be heard: the only queue between the
/// two. All times are given as arguments.
public protocol PlayoutBuffer: Stage, ~Copyable {
    var statistics: PlayoutStatistics { get }
    /// How long a packet without jitter is meant to wait, in samples at 48 kHz.
    var target: Int { get }
    /// The drift of the sender's clock against the room's, as a part.
    var drift: Double { get }
    /// Whether silence that the sender does not send is filled with noise like the sender's background.
    var fillsWithComfortNoise: Bool { get }
    /// The payload that the last step speaks of.
    var payload: Span<UInt8> { @_lifetime(borrow self) get }

    /// Whether nothing waits and nothing is played.
    var isIdle: Bool { get }

    /// Takes in a packet.
    /// - Parameter arrival: on the room's clock, in samples at 48 kHz; never before an earlier call's.
    mutating func ingest(_ packet: MediaPacket, _ payload: Span<UInt8>, arrival: Int64)

    /// Called once at the start of each tick.
    /// - Parameter decoded: samples that were decoded and not heard yet.
    mutating func pace(at now: Int64, decoded: Int) -> PlayoutPace

    /// What comes after what was decoded so far.
    /// - Parameters:
    ///   - decoded: samples that were decoded and not heard yet.
    ///   - isRequired: whether this tick cannot do without.
    mutating func next(at now: Int64, decoded: Int, isRequired: Bool) -> PlayoutStep

    /// Is told how many samples were taken out (positive) or put in (negative).
    mutating func adjusted(by samples: Int)

    /// Is told that the next tick comes later than a frame's duration after the last, which says nothing of clocks.
    mutating func tickMoved()
}
