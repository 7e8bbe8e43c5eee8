import AudioFile
import FileAccess
import MediaCore
import VoiceRoom

/// What gives a lane its input: one recording, entered at the port that it speaks.
protocol Feed: ~Copyable {
    /// Gives the lane one piece of input, or ends it. Called while the lane wants input.
    mutating func feed(_ lane: inout ParticipantLane) throws(FileError)
    /// What was damaged since the last call.
    mutating func takeWarnings() -> [FileWarning]
}

/// The part of a recording that a mix wants, in samples per channel of the recording's clock.
struct FeedWindow: Sendable {
    /// Samples at the start that are left out.
    var skipped = 0
    /// Samples after those that are wanted.
    var wanted = Int.max
}

/// An Ogg Opus file: its packets enter at `opus`.
struct OpusFeed: Feed, ~Copyable {
    /// What a decoder should have heard before the first sample that matters (RFC 7845 §4.6): 80 ms at 48 kHz.
    private static let preRoll = 3840

    private var reader: OggOpusReader
    private var skip: Int
    private var wanted: Int

    init(_ reader: consuming OggOpusReader, _ window: FeedWindow, lane: inout ParticipantLane) {
        lane.sourceGain = Self.gain(of: reader.head)
        self.reader = reader
        skip = window.skipped
        wanted = window.wanted
    }

    mutating func feed(_ lane: inout ParticipantLane) throws(FileError) {
        guard wanted > 0 else { return lane.end() }
        switch try reader.next() {
        case .packet(let duration, let trimStart, let trimEnd):
            feedPacket(&lane, duration: duration, trimStart: trimStart, trimEnd: trimEnd)
        case .gap(let samples):
            let skipped = min(samples, skip)
            skip -= skipped
            let heard = min(samples - skipped, wanted)
            wanted -= heard
            lane.ingestGap(heard)
        case .link(let head):
            lane.restartDecoder()
            lane.sourceGain = Self.gain(of: head)
        case .end:
            lane.end()
        }
    }

    mutating func takeWarnings() -> [FileWarning] { reader.takeWarnings() }

    private mutating func feedPacket(
        _ lane: inout ParticipantLane, duration: Int, trimStart: Int, trimEnd: Int
    ) {
        let kept = max(duration - trimStart - trimEnd, 0)
        let skipped = min(kept, skip)
        let isFarBefore = skipped == kept && kept > 0 && skip - skipped > Self.preRoll
        skip -= skipped
        guard !isFarBefore else { return }
        let heard = min(kept - skipped, wanted)
        wanted -= heard
        lane.ingest(
            reader.payload, trimStart: trimStart + skipped, trimEnd: trimEnd + kept - skipped - heard)
    }

    private static func gain(of head: OpusHead) -> Float { Decibels(Double(head.outputGain) / 256).amplitude }
}

/// Any other audio file: its samples enter at `pcm`.
struct PCMFeed: Feed, ~Copyable {
    private var reader: SoundFileReader
    private var chunk: PCMFrame
    private var wanted: Int

    init(_ reader: consuming SoundFileReader, _ window: FeedWindow, format: AudioFormat) throws(FileError) {
        self.reader = reader
        chunk = PCMFrame(format: format)
        wanted = window.wanted
        if window.skipped > 0 { try self.reader.skip(window.skipped) }
    }

    mutating func feed(_ lane: inout ParticipantLane) throws(FileError) {
        let room = min(wanted, chunk.format.samplesPerFrame)
        guard room > 0 else { return lane.end() }
        let count = min(try Self.read(&reader, into: &chunk), room)
        guard count > 0 else { return lane.end() }
        wanted -= count
        lane.ingest(pcm: chunk.samples.extracting(first: count * chunk.format.channels))
    }

    mutating func takeWarnings() -> [FileWarning] { reader.takeWarnings() }

    private static func read(
        _ reader: inout SoundFileReader, into chunk: inout PCMFrame
    ) throws(FileError) -> Int {
        var samples = chunk.mutableSamples
        return try reader.read(into: &samples)
    }
}
