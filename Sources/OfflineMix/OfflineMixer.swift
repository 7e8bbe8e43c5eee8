import AudioFile
import Dispatch
import FileAccess
import MediaCore
import PipelineSpec
import Synchronization
import VoiceRoom

/// Mixes recordings into a file: the room, driven by a virtual clock as fast as the machine goes.
///
/// With one job, every chunk is decoded, then mixed. With more, the room mixes one chunk while the tracks decode the
/// next; every track is still decoded in order by one thread at a time, so the bytes are the same.
public final class OfflineMixer {
    /// How far the mix has come.
    public struct Progress: Sendable {
        /// Seconds of the mix's time that have been mixed.
        public var position: Double
        /// Expected length in seconds; nil if an input does not know its own.
        public var duration: Double?
    }

    private let request: MixRequest
    private let seats: [TrackSeat]
    private let bus: BusSeat
    private let expectedDuration: Double?
    private let captures: [CaptureDemux]

    /// Opens every input and the output, and builds the stages. Nothing is written before all of that has succeeded.
    /// - Throws: `MixError`, `FileError` or what a stage throws that cannot be made.
    public init(_ request: MixRequest) throws {
        self.request = request
        var builder = MixBuilder(request)
        try builder.validate()
        let opened = try builder.openTracks()
        seats = opened.seats
        expectedDuration = opened.duration
        captures = builder.captures
        bus = BusSeat(try builder.makeBus())
        try builder.addStems(to: seats)
    }

    /// Mixes to the end.
    /// - Parameters:
    ///   - shouldStop: asked once per chunk; true makes the mix end with `MixError.Kind.cancelled`, leaving nothing.
    ///   - progress: told once per chunk.
    public func run(
        shouldStop: () -> Bool = { false }, progress: (Progress) -> Void = { _ in }
    ) throws -> MixSummary {
        var phase = 0
        var length: Int?
        while length == nil {
            guard !shouldStop() else { throw MixError(.cancelled, "interrupted; nothing was written") }
            length = try advance(phase)
            phase += 1
            progress(Progress(position: seconds(bus.bus.position), duration: expectedDuration))
        }
        return try finish(samples: length ?? 0)
    }

    /// One phase: every track decodes a chunk, and the chunk before it (with one job: the same) is mixed.
    private func advance(_ phase: Int) throws -> Int? {
        let ticks = (phase + 1) * TrackChunk.ticks
        let time = request.plan.format.duration(ofSamples: ticks * request.plan.format.samplesPerFrame)
        for capture in captures { try capture.read(until: time.nanoseconds) }
        if request.jobs == 1 {
            for seat in seats { seat.produce(chunk: 0) }
            try throwFirstError()
            return try bus.bus.mix(seats, chunk: 0)
        }
        let index = phase & 1
        let work = Phase(seats: seats, bus: bus, chunk: index, mixes: phase > 0)
        work.run(jobs: request.jobs)
        try throwFirstError()
        return try bus.result.get()
    }

    private func throwFirstError() throws {
        for seat in seats { if let error = seat.error { throw error } }
    }

    private func seconds(_ samples: Int) -> Double { request.plan.format.duration(ofSamples: samples).seconds }

    private func finish(samples: Int) throws -> MixSummary {
        var summary = MixSummary(pipeline: request.plan.name, output: request.output.path, format: request.plan.format)
        summary.warnings = request.warnings
        guard samples > 0 else {
            throw MixError(.badInput, "there is nothing to mix: no input has sound between --from and --to")
        }
        for seat in seats {
            var participant = MixSummary.Participant(name: seat.track.input.name, path: seat.track.input.path)
            try seat.track.finish(samples: samples, into: &participant)
            summary.participants.append(participant)
            summary.warnings += seat.track.takeWarnings().map(\.description)
        }
        let speaking = summary.participants.reduce(0) { $0 + $1.speaking }
        for i in summary.participants.indices where speaking > 0 {
            summary.participants[i].share = summary.participants[i].speaking / speaking
        }
        for capture in captures { summary.warnings += capture.takeWarnings().map(\.description) }
        try bus.bus.finish(samples: samples, into: &summary)
        return summary
    }
}
