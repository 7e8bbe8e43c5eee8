import AudioFile
import FileAccess
import Glibc
package import MediaCore
import OpusCodec

/// What is played into a call: frame by frame, until it ends.
package protocol SoundSource: AnyObject {
    /// Fills the next frame. A silent frame is not sent.
    /// - Returns: false at the end; the frame is then silent.
    func fill(_ frame: inout PCMFrame) throws -> Bool
}

/// A sine, faded in.
package final class ToneSource: SoundSource {
    package static let amplitude: Float = 0.25
    private static let fadeSamples = 480

    private let step: Double
    private var left: Int?
    private var position = 0

    /// - Parameter frames: nil for ever.
    package init(hertz: Double, frames: Int?, sampleRate: Int = 48_000) {
        step = 2 * Double.pi * hertz / Double(sampleRate)
        left = frames
    }

    package func fill(_ frame: inout PCMFrame) -> Bool {
        if let count = left {
            guard count > 0 else {
                frame.silence()
                return false
            }
            left = count - 1
        }
        let channels = frame.format.channels
        let count = frame.format.samplesPerFrame
        frame.silence()
        var samples = frame.mutableSamples
        for i in 0..<count {
            let fade = min(Float(position) / Float(Self.fadeSamples), 1)
            let value = Float(sin(step * Double(position))) * Self.amplitude * fade
            for channel in 0..<channels { samples[i * channels + channel] = value }
            position += 1
        }
        return true
    }
}

/// Nothing, for a while.
package final class SilenceSource: SoundSource {
    private var left: Int

    package init(frames: Int) { left = frames }

    package func fill(_ frame: inout PCMFrame) -> Bool {
        frame.silence()
        left -= 1
        return left >= 0
    }
}

/// An audio file, of whatever kind.
package final class FileSource: SoundSource {
    private var input: FileInput
    private var waiting: [Float] = []
    private var hasEnded = false

    package init(path: String, format: AudioFormat) throws {
        switch try AudioInput.open(path: path, format: format) {
        case .opus(let reader): input = try OpusFileInput(reader, format)
        case .pcm(let reader): input = SampleFileInput(reader, format)
        }
    }

    package func fill(_ frame: inout PCMFrame) throws -> Bool {
        let wanted = frame.format.valuesPerFrame
        while waiting.count < wanted && !hasEnded { hasEnded = try !input.read(into: &waiting) }
        guard !waiting.isEmpty else {
            frame.silence()
            return false
        }
        if waiting.count < wanted { waiting += [Float](repeating: 0, count: wanted - waiting.count) }
        frame.load(waiting.span.extracting(first: wanted))
        waiting.removeFirst(wanted)
        return true
    }
}

/// A piece of a file at a time.
private class FileInput {
    /// - Returns: whether there may be more.
    func read(into samples: inout [Float]) throws -> Bool { false }
}

private final class SampleFileInput: FileInput {
    private var reader: SoundFileReader
    private var piece: [Float]
    private let channels: Int

    init(_ reader: consuming SoundFileReader, _ format: AudioFormat) {
        self.reader = reader
        channels = format.channels
        piece = [Float](repeating: 0, count: 4096 * format.channels)
    }

    override func read(into samples: inout [Float]) throws -> Bool {
        var span = piece.mutableSpan
        let count = try reader.read(into: &span)
        samples += piece[..<(count * channels)]
        return count > 0
    }
}

private final class OpusFileInput: FileInput {
    private var reader: OggOpusReader
    private var decoder: OpusDecoder
    private var piece: [Float]
    private let format: AudioFormat

    init(_ reader: consuming OggOpusReader, _ format: AudioFormat) throws {
        let decoder = try OpusDecoder(format: format)
        self.reader = reader
        self.format = format
        piece = [Float](repeating: 0, count: decoder.maximumSamplesPerPacket * format.channels)
        self.decoder = decoder
    }

    override func read(into samples: inout [Float]) throws -> Bool {
        switch try reader.next() {
        case .packet(_, let trimStart, let trimEnd):
            var span = piece.mutableSpan
            guard let count = decoder.decode(reader.payload, into: &span) else { return true }
            let (start, end) = (own(trimStart), count - own(trimEnd))
            if start < end { samples += piece[(start * format.channels)..<(end * format.channels)] }
        case .gap(let missing): samples += [Float](repeating: 0, count: min(own(missing), 480_000) * format.channels)
        case .link: decoder.reset()
        case .end: return false
        }
        return true
    }

    /// Samples at the format's rate.
    private func own(_ samples: Int) -> Int { samples * format.sampleRate / 48_000 }
}
