import BasicContainers
import MediaCore
import PipelineSpec
import VoiceRoom

/// The serial half of an offline mix: the room, the output, and what the summary says of the whole.
struct MixBus: ~Copyable {
    private var room: Room
    private var sink: any MixSink & ~Copyable
    private var measurement: RigidArray<MixMeasurement>
    private let latency: Int
    private var tick = 0
    /// Identifies each place's voice in packets.
    private let sources: [UInt32]
    private var heard: [UInt32] = []

    init(room: consuming Room, sink: consuming any MixSink & ~Copyable, sources: [UInt32], measures: Bool) throws {
        self.sources = sources
        heard.reserveCapacity(sources.count)
        let plan = room.plan
        latency = plan.latency(of: .participant) + plan.latency(of: .room)
        measurement = RigidArray(capacity: 1)
        if measures { measurement.append(try MixMeasurement(format: plan.format, latency: latency)) }
        self.room = room
        self.sink = sink
    }

    /// Samples per channel of the mix's time that have been mixed.
    var position: Int { max(tick * room.plan.format.samplesPerFrame - latency, 0) }

    /// Mixes a chunk of every track.
    /// - Returns: the mix's length in samples per channel, once all of it has been mixed; else nil.
    mutating func mix(_ seats: [TrackSeat], chunk index: Int) throws -> Int? {
        var length: Int? = 0
        for seat in seats {
            guard let known = length, let end = seat.chunks[index].chunk.end else {
                length = nil
                break
            }
            length = max(known, end)
        }
        for i in 0..<TrackChunk.ticks {
            if let length, tick * room.plan.format.samplesPerFrame >= length + latency { return length }
            for (place, seat) in seats.enumerated() {
                let isPresent = seat.chunks[index].chunk.present.contains(i)
                room.voices.voices[place].isPresent = isPresent
                if isPresent { swap(&room.voices.frames[place], &seat.chunks[index].chunk.frames[i]) }
            }
            room.advance()
            listHeard()
            try Self.emit(room, to: &sink, &measurement)
            tick += 1
        }
        return nil
    }

    /// Those whose sound is in the tick's mix, in the order of their places.
    private mutating func listHeard() {
        heard.removeAll(keepingCapacity: true)
        for place in sources.indices {
            let voice = room.voices.voices[place]
            guard voice.isPresent, voice.isSelected, !room.classes[0].excluded.contains(place),
                !room.voices.frames[place].isSilent
            else { continue }
            heard.append(sources[place])
        }
        Self.tell(&sink, heard)
    }

    private static func tell(_ sink: inout any MixSink & ~Copyable, _ heard: [UInt32]) { sink.heard(heard.span) }

    private static func emit(
        _ room: borrowing Room, to sink: inout any MixSink & ~Copyable,
        _ measurement: inout RigidArray<MixMeasurement>
    ) throws {
        for i in measurement.indices { measurement[i].add(room.classes[0].frame) }
        try sink.write(room.classes[0].frame)
    }

    /// Completes the output and puts the results into a summary.
    mutating func finish(samples: Int, into summary: inout MixSummary) throws {
        summary.bytes = try sink.finish(samples: samples)
        summary.duration = room.plan.format.duration(ofSamples: samples).seconds
        for i in measurement.indices { measurement[i].report(to: &summary) }
    }
}
