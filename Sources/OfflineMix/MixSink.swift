import AudioFile
import FileAccess
import MediaCore
import PipelineSpec
import VoiceRoom

/// Where a mix or a stem goes: frames in, one file out.
///
/// The frames come late by the latency of the stages before the sink; the sink takes that out again, so that the first
/// sample of the file is the first of the mix's time.
protocol MixSink: ~Copyable {
    /// Is told who is heard in the next frame.
    mutating func heard(_ contributors: Span<UInt32>)
    /// Takes the next frame.
    mutating func write(_ frame: borrowing PCMFrame) throws
    /// Makes the file `samples` per channel long, and puts it into place.
    /// - Returns: bytes in the file.
    mutating func finish(samples: Int) throws -> Int64
}

extension MixSink where Self: ~Copyable {
    /// Files do not say who is heard.
    mutating func heard(_ contributors: Span<UInt32>) {}
}

/// An Ogg Opus file: the listener's scope of the pipeline, then the container.
struct OpusSink: MixSink, ~Copyable {
    /// Identifies the only stream of a file (RFC 3533 §6): the same in every run, so that the bytes are too.
    private static let serialNumber: UInt32 = 0x5041_524C

    private var listener: ListenerLane
    private var writer: OggOpusWriter
    private let format: AudioFormat
    private let preSkip: Int
    private var samples = 0
    private var silence: PCMFrame

    init(_ output: consuming OutputFile, plan: PipelinePlan, latency: Int) throws {
        let preSkip = latency + plan.latency(of: .listener)
        let listener = try ListenerLane(plan: plan)
        let writer = try OggOpusWriter(
            output, channels: plan.format.channels, preSkip: preSkip * 48_000 / plan.format.sampleRate,
            inputSampleRate: plan.format.sampleRate, serial: Self.serialNumber, comments: ["ENCODER=parley"])
        format = plan.format
        self.listener = listener
        self.writer = writer
        self.preSkip = preSkip
        silence = PCMFrame(format: plan.format)
    }

    mutating func write(_ frame: borrowing PCMFrame) throws {
        listener.advance(frame)
        try Self.write(listener, format, to: &writer)
        samples += format.samplesPerFrame
    }

    mutating func finish(samples total: Int) throws -> Int64 {
        while samples < total + preSkip {
            listener.advance(silence)
            try Self.write(listener, format, to: &writer)
            samples += format.samplesPerFrame
        }
        return try writer.finish(totalSamples: total * 48_000 / format.sampleRate)
    }

    private static func write(
        _ listener: borrowing ListenerLane, _ format: AudioFormat, to writer: inout OggOpusWriter
    ) throws {
        try writer.write(listener.payload, samples: format.samplesPerFrame * 48_000 / format.sampleRate)
    }
}

/// A file of samples, written by libsndfile.
struct SampleSink: MixSink, ~Copyable {
    private var writer: SoundFileWriter
    private let format: AudioFormat
    /// Samples per channel that are still to be dropped: the latency.
    private var late: Int
    private var held: PCMFrame
    private var heldCount = 0
    private var written = 0

    init(
        _ output: consuming OutputFile, _ file: AudioFileFormat, _ sampleFormat: SoundSampleFormat?, plan: PipelinePlan,
        latency: Int
    ) throws {
        format = plan.format
        late = latency
        held = PCMFrame(format: plan.format)
        writer = try SoundFileWriter(
            output, format: file, sampleFormat: sampleFormat, sampleRate: plan.format.sampleRate,
            channels: plan.format.channels)
    }

    /// The last frame is held back, because only `finish` knows how much of it is wanted.
    mutating func write(_ frame: borrowing PCMFrame) throws {
        try flush(limit: .max)
        held.copy(from: frame)
        heldCount = format.samplesPerFrame
    }

    mutating func finish(samples total: Int) throws -> Int64 {
        try flush(limit: total)
        held.silence()
        while written < total {
            heldCount = min(format.samplesPerFrame, total - written)
            late = 0
            try flush(limit: total)
        }
        return try writer.finish()
    }

    private mutating func flush(limit: Int) throws {
        let dropped = min(late, heldCount)
        late -= dropped
        let count = min(heldCount - dropped, limit - written)
        heldCount = 0
        guard count > 0 else { return }
        let start = dropped * format.channels
        try Self.write(held, start..<(start + count * format.channels), to: &writer)
        written += count
    }

    private static func write(
        _ frame: borrowing PCMFrame, _ values: Range<Int>, to writer: inout SoundFileWriter
    ) throws {
        try writer.write(frame.samples.extracting(values))
    }
}

/// Opens the sink that a target asks for.
/// - Parameter latency: of the stages before the sink, in samples per channel.
func makeSink(_ target: MixTarget, plan: PipelinePlan, latency: Int) throws -> any MixSink & ~Copyable {
    let output = try OutputFile(path: target.path, overwrite: target.overwrites)
    return switch target.format {
    case .audio(.opus): try OpusSink(output, plan: plan, latency: latency)
    case .audio(let format): try SampleSink(output, format, target.sampleFormat, plan: plan, latency: latency)
    case .capture(let format): try CaptureSink(output, format, plan: plan, latency: latency, key: target.key)
    }
}
