import FileAccess
import MediaCore
import PipelineSpec
import VoiceRoom

/// What gives a track its frames, from the port at which a recording enters the chain.
protocol TrackSource: ~Copyable {
    var format: AudioFormat { get }
    /// The next frame, after the participant's stages.
    /// - Parameter tick: of the mix's time; one more with each call.
    mutating func pull(into frame: inout PCMFrame, tick: Int) throws(FileError) -> ParticipantLane.Outcome
    /// Where the recording ends, in samples per channel of the mix's time; nil while that is not known.
    var end: Int? { get }
    mutating func takeWarnings() -> [FileWarning]
    func report(to summary: inout MixSummary.Participant)
}

/// A file: packets or samples, as fast as the lane wants them.
struct FileSource: TrackSource, ~Copyable {
    private var feed: any Feed & ~Copyable
    private var lane: ParticipantLane
    private let startTick: Int
    private(set) var end: Int?

    /// - Parameter start: where the recording starts in the mix's time, in samples per channel, at least 0.
    init(feed: consuming any Feed & ~Copyable, lane: consuming ParticipantLane, start: Int) {
        startTick = start / lane.format.samplesPerFrame
        self.feed = feed
        self.lane = lane
        self.lane.ingestSilence(start % self.lane.format.samplesPerFrame)
    }

    var format: AudioFormat { lane.format }

    mutating func pull(into frame: inout PCMFrame, tick: Int) throws(FileError) -> ParticipantLane.Outcome {
        while lane.wantsInput { try feed.feed(&lane) }
        if end == nil, lane.hasEnded { end = startTick * lane.format.samplesPerFrame + lane.length }
        return lane.pull(into: &frame)
    }

    mutating func takeWarnings() -> [FileWarning] { feed.takeWarnings() }

    func report(to summary: inout MixSummary.Participant) { summary.lane = lane.statistics }
}

/// A stream of a capture: packets at the times at which they came.
struct CaptureSource: TrackSource, ~Copyable {
    private let inbox: PacketInbox
    private var lane: PacketLane
    private let frameNanoseconds: Int64
    /// The mix's time of the stream's last packet.
    private let lastArrival: Int64
    /// Where the mix ends, in samples per channel.
    private let limit: Int
    private let path: String
    private let latency: Int
    private var flushed = 0
    private var hasPrerolled = false
    private(set) var end: Int?

    init(
        _ inbox: PacketInbox, lane: consuming PacketLane, path: String, lastArrival: Int64, limit: Int, latency: Int
    ) {
        self.inbox = inbox
        self.path = path
        self.lastArrival = lastArrival
        self.limit = limit
        self.latency = latency
        frameNanoseconds = Int64(lane.format.samplesPerFrame) * 1_000_000_000 / Int64(lane.format.sampleRate)
        self.lane = lane
    }

    var format: AudioFormat { lane.format }

    mutating func pull(into frame: inout PCMFrame, tick: Int) throws(FileError) -> ParticipantLane.Outcome {
        if !hasPrerolled {
            hasPrerolled = true
            for early in stride(from: -Int(CaptureDemux.preRoll / frameNanoseconds), to: 0, by: 1) {
                advance(into: &frame, at: Int64(early) * frameNanoseconds)
            }
        }
        let now = Int64(tick) * frameNanoseconds
        advance(into: &frame, at: now)
        let position = (tick + 1) * format.samplesPerFrame
        if end == nil, now > lastArrival && lane.isIdle || position >= limit { end = min(position, limit) }
        guard end != nil else { return .frame }
        // What the stages still hold comes out after the end.
        if flushed > latency { return .finished }
        flushed += format.samplesPerFrame
        return .frame
    }

    private mutating func advance(into frame: inout PCMFrame, at now: Int64) {
        Self.drain(inbox, until: now, into: &lane)
        lane.pull(into: &frame, at: now)
    }

    private static func drain(_ inbox: PacketInbox, until now: Int64, into lane: inout PacketLane) {
        inbox.drain(until: now) { payload, time in lane.ingest(payload, at: time) }
    }

    mutating func takeWarnings() -> [FileWarning] {
        var warnings: [FileWarning] = []
        let counts = lane.packets
        if counts.unauthenticated > 0 {
            warnings.append(
                FileWarning(
                    file: path, seconds: nil,
                    "\(counts.unauthenticated) of \(counts.received) packets of a stream are not authentic; "
                        + "they were left out"))
        }
        if inbox.overflowed > 0 {
            warnings.append(
                FileWarning(file: path, seconds: nil, "\(inbox.overflowed) packets came too fast; they were left out"))
        }
        return warnings
    }

    func report(to summary: inout MixSummary.Participant) {
        summary.lane = lane.statistics
        summary.network = .init(packets: lane.packets, playout: lane.playout, drift: lane.drift)
    }
}
