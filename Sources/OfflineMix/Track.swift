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

/// One participant of an offline mix: source → chunks of frames, and what the summary needs on the way.
struct Track: ~Copyable {
    let input: MixInput
    /// One; an array lends its element for reading, which an existential on its own does not.
    private var source: RigidArray<any TrackSource & ~Copyable>
    private let format: AudioFormat
    private var stem: RigidArray<any MixSink & ~Copyable>
    private var measurement: RigidArray<TrackMeasurement>
    private let startTick: Int
    private let start: Int
    private var tick = 0
    private var end: Int?

    /// - Parameters:
    ///   - start: where the track starts in the mix's time, in samples per channel, at least 0.
    init(
        input: MixInput, source: consuming any TrackSource & ~Copyable, format: AudioFormat, start: Int, measures: Bool
    ) throws {
        self.input = input
        self.format = format
        self.start = start
        startTick = start / format.samplesPerFrame
        self.source = RigidArray(capacity: 1)
        self.source.append(source)
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
        source.span[0].report(to: &summary)
        summary.duration = format.duration(ofSamples: max((end ?? start) - start, 0)).seconds
    }

    mutating func takeWarnings() -> [FileWarning] { source[0].takeWarnings() }

    /// - Returns: false once the participant has left.
    private mutating func produce(_ frame: inout PCMFrame) throws -> Bool {
        let outcome = try source[0].pull(into: &frame, tick: tick)
        let known = source.span[0].end
        end = known
        guard outcome == .frame else { return false }
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
