import AudioFile
import FileAccess
package import MediaCore
import OpusCodec

/// Writes what is heard to a file, from the start of the call on, and measures it.
package struct Recorder: ~Copyable {
    /// What is louder counts as sound: -55 dBFS.
    package static let soundPower: Float = 3.2e-6

    private let file: RecordingFile?
    private let format: AudioFormat
    private(set) var heardFrames = 0
    private(set) var peak: Float = 0
    private var powerSum = 0.0

    /// - Parameter path: nil to measure only; the extension says what is written.
    package init(path: String?, overwrites: Bool, format: AudioFormat) throws {
        self.format = format
        guard let path else {
            file = nil
            return
        }
        guard let kind = AudioFileFormat(path: path) else {
            throw CallError(.request, "--record '\(path)': the extension names no format (\(AudioFileFormat.names))")
        }
        let output = try OutputFile(path: path, overwrite: overwrites)
        file =
            kind == .opus ? try OpusRecording(output, format) : try SampleRecording(output, kind, format)
    }

    package mutating func write(_ frame: borrowing PCMFrame) throws {
        measure(frame)
        try file?.write(frame)
    }

    /// Puts the file into place.
    package mutating func finish() throws { try file?.finish() }

    /// How long sound was heard.
    package var heard: Double { Double(heardFrames) * format.frameDuration.seconds }
    /// Mean level of what counts as sound, in dBFS; nil if there was none.
    package var level: Double? {
        heardFrames == 0 ? nil : Decibels(meanSquare: Float(powerSum / Double(heardFrames))).value
    }

    private mutating func measure(_ frame: borrowing PCMFrame) {
        guard !frame.isSilent else { return }
        let samples = frame.samples
        var sum: Float = 0
        for i in samples.indices {
            sum += samples[i] * samples[i]
            peak = max(peak, samples[i].magnitude)
        }
        let power = sum / Float(max(samples.count, 1))
        guard power > Self.soundPower else { return }
        heardFrames += 1
        powerSum += Double(power)
    }
}

/// A file that grows by a frame at a time.
private class RecordingFile {
    func write(_ frame: borrowing PCMFrame) throws {}
    func finish() throws {}
}

private final class SampleRecording: RecordingFile {
    private var writer: SoundFileWriter

    init(_ output: consuming OutputFile, _ kind: AudioFileFormat, _ format: AudioFormat) throws {
        writer = try SoundFileWriter(
            output, format: kind, sampleFormat: nil, sampleRate: format.sampleRate, channels: format.channels)
    }

    override func write(_ frame: borrowing PCMFrame) throws { try writer.write(frame.samples) }
    override func finish() throws { _ = try writer.finish() }
}

private final class OpusRecording: RecordingFile {
    private static let bitrate = 96_000
    /// Identifies the only stream of a file.
    private static let serialNumber: UInt32 = 0x5041_524C

    private var encoder: OpusEncoder
    private var writer: OggOpusWriter
    private var payload: [UInt8]
    /// At 48 kHz.
    private var written = 0

    init(_ output: consuming OutputFile, _ format: AudioFormat) throws {
        var configuration = OpusEncoder.Configuration()
        configuration.bitrate = Self.bitrate
        let encoder = try OpusEncoder(format: format, configuration)
        writer = try OggOpusWriter(
            output, channels: format.channels, preSkip: encoder.latency * 48_000 / format.sampleRate,
            inputSampleRate: format.sampleRate, serial: Self.serialNumber, comments: ["ENCODER=parley"])
        payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        self.encoder = encoder
    }

    override func write(_ frame: borrowing PCMFrame) throws {
        var span = payload.mutableSpan
        let length = encoder.encode(frame, into: &span)
        let samples = frame.format.samplesPerFrame * 48_000 / frame.format.sampleRate
        let packet = Array(payload[..<length])
        try writer.write(packet.span, samples: samples)
        written += samples
    }

    override func finish() throws { _ = try writer.finish(totalSamples: written) }
}
