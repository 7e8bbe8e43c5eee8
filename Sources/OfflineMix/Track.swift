import AudioFile
import BasicContainers
import FileAccess
import MediaCore
import VoiceRoom

/// What one call of `Track.produce` made.
struct TrackChunk: ~Copyable {
    /// Ticks that a worker decodes in one go: more help the caches, fewer keep memory small.
    static let ticks = 4

    var frames: RigidArray<PCMFrame>
    /// The ticks of the chunk in which the participant is in the room.
    var present = 0..<0
    /// Where the track ends, in samples per channel of the mix's time; nil while it goes on.
    var end: Int?

    init(format: AudioFormat) {
        frames = RigidArray(capacity: Self.ticks)
        for _ in 0..<Self.ticks { frames.append(PCMFrame(format: format)) }
    }
}

/// One participant of an offline mix: recording → lane → chunks of frames, and what the summary needs on the way.
struct Track: ~Copyable {
    let input: MixInput
    private var feed: any Feed & ~Copyable
    private var lane: ParticipantLane
    private var stem: RigidArray<any MixSink & ~Copyable>
    private var measurement: RigidArray<TrackMeasurement>
    private let startTick: Int
    private let start: Int
    private var tick = 0
    private var end: Int?

    /// - Parameters:
    ///   - start: where the track starts in the mix's time, in samples per channel, at least 0.
    init(
        input: MixInput, feed: consuming any Feed & ~Copyable, lane: consuming ParticipantLane, start: Int,
        measures: Bool
    ) throws {
        let format = lane.format
        self.input = input
        self.feed = feed
        self.lane = lane
        self.start = start
        startTick = start / format.samplesPerFrame
        self.lane.ingestSilence(start % format.samplesPerFrame)
        stem = RigidArray(capacity: 1)
        measurement = RigidArray(capacity: 1)
        if measures { measurement.append(try TrackMeasurement(format: format)) }
    }

    /// Gives every frame after the participant's stages to a sink, too.
    mutating func addStem(_ sink: consuming any MixSink & ~Copyable) { stem.append(sink) }

    /// Fills a chunk with the next ticks.
    mutating func produce(into chunk: inout TrackChunk) throws {
        var first: Int?
        var last = 0
        for i in 0..<TrackChunk.ticks {
            defer { tick += 1 }
            guard tick >= startTick, try produce(&chunk.frames[i]) else {
                try beAbsent(&chunk.frames[i])
                continue
            }
            if first == nil { first = i }
            last = i + 1
        }
        chunk.present = (first ?? 0)..<last
        chunk.end = end
    }

    /// Completes the stem and puts the results into a summary.
    mutating func finish(samples: Int, into summary: inout MixSummary.Participant) throws {
        for i in stem.indices { _ = try stem[i].finish(samples: samples) }
        for i in measurement.indices { measurement[i].report(to: &summary, gain: input.gain) }
        summary.lane = lane.statistics
        let format = lane.format
        summary.duration = format.duration(ofSamples: max((end ?? start) - start, 0)).seconds
    }

    mutating func takeWarnings() -> [FileWarning] { feed.takeWarnings() }

    /// - Returns: false once the participant has left.
    private mutating func produce(_ frame: inout PCMFrame) throws -> Bool {
        while lane.wantsInput { try feed.feed(&lane) }
        if end == nil, lane.hasEnded { end = startTick * lane.format.samplesPerFrame + lane.length }
        guard lane.pull(into: &frame) == .frame else { return false }
        for i in measurement.indices { measurement[i].add(frame) }
        for i in stem.indices { try stem[i].write(frame) }
        return true
    }

    private mutating func beAbsent(_ frame: inout PCMFrame) throws {
        for i in measurement.indices { measurement[i].addAbsence() }
        guard tick < startTick, !stem.isEmpty else { return }
        frame.silence()
        for i in stem.indices { try stem[i].write(frame) }
    }
}
