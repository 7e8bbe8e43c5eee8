import AudioFile
import CFloors
import FileAccess
package import MediaCore
import OpusCodec
import SpeechActivity

/// What stages are given to work on.
public enum BenchInput: String, Sendable, Hashable, CaseIterable {
    /// Recorded speech without its pauses: the talkers of the sample meeting.
    case speech
    /// All of them at once: what a mix is, loud enough for a limiter to work.
    case crowd
    /// Digital silence.
    case silence
    /// White noise at -26 dBov.
    case noise
}

/// One talker's frames, and the same as Opus packets (32 kbit/s, for speech).
package struct BenchMaterial: Sendable {
    package let format: AudioFormat
    package let input: BenchInput
    /// Interleaved, frame after frame.
    package let samples: [Float]
    package let frameCount: Int
    package let packets: [[UInt8]]

    private static let bitrate = 32_000

    /// - Parameter talker: from 0; there are four, who take turns in larger numbers.
    package init(_ input: BenchInput, talker: Int, format: AudioFormat, seconds: Double) throws {
        self.format = format
        self.input = input
        let wanted = max(Int(seconds / format.frameDuration.seconds), 2)
        let values = wanted * format.valuesPerFrame
        switch input {
        case .speech: samples = try Self.speech(talker % 4, format, frames: wanted)
        case .crowd: samples = try Self.crowd(talker, format, frames: wanted)
        case .silence: samples = Array(repeating: 0, count: values)
        case .noise:
            var state = UInt64(talker) &* 77 &+ 1
            samples = (0..<values).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max) * 0.087
            }
        }
        frameCount = samples.count / format.valuesPerFrame
        packets = try Self.encode(samples, format)
    }

    /// Puts a frame's values into a frame, round and round; silence is marked as such.
    func load(_ number: Int, into frame: inout PCMFrame) {
        guard input != .silence else { return frame.silence() }
        let start = number % frameCount * format.valuesPerFrame
        frame.load(samples.span.extracting(start..<(start + format.valuesPerFrame)))
    }

    /// Three of the talkers; which one is left out is `talker`.
    private static func crowd(_ talker: Int, _ format: AudioFormat, frames: Int) throws -> [Float] {
        var sum: [Float] = []
        for other in 0..<4 where other != talker % 4 {
            let speech = try speech(other, format, frames: frames)
            if sum.isEmpty { sum = speech } else { for i in 0..<min(sum.count, speech.count) { sum[i] += speech[i] } }
        }
        return sum
    }

    private static func speech(_ talker: Int, _ format: AudioFormat, frames: Int) throws -> [Float] {
        var length = 0
        guard let start = unsafe parley_speech(Int32(talker), &length) else {
            throw BenchError("there is no recording of talker \(talker)")
        }
        let file = unsafe Array(UnsafeBufferPointer(start: start, count: length))
        var reader = try OggOpusReader(memory: file, name: "sample speech")
        var decoder = try OpusDecoder(format: format)
        var meter = ActivityMeter(format: format)
        var decoded = [Float](repeating: 0, count: decoder.maximumSamplesPerPacket * format.channels)
        var (waiting, speech): ([Float], [Float]) = ([], [])
        var frame = PCMFrame(format: format)
        // Until there is enough, and a second at first in which the detector learns the background.
        var heard = 0
        while speech.count < frames * format.valuesPerFrame {
            let event = try reader.next()
            if case .end = event { break }
            guard case .packet = event else { continue }
            var output = decoded.mutableSpan
            guard let count = decoder.decode(reader.payload, into: &output) else { continue }
            waiting += decoded[..<(count * format.channels)]
            while waiting.count >= format.valuesPerFrame {
                frame.load(waiting.span.extracting(0..<format.valuesPerFrame))
                heard += format.samplesPerFrame
                if meter.hasSpeech(frame), heard > format.sampleRate {
                    speech += waiting[..<format.valuesPerFrame]
                }
                waiting.removeFirst(format.valuesPerFrame)
            }
        }
        guard speech.count >= 2 * format.valuesPerFrame else {
            throw BenchError("the recording of talker \(talker) holds no speech")
        }
        return speech
    }

    private static func encode(_ samples: [Float], _ format: AudioFormat) throws -> [[UInt8]] {
        var configuration = OpusEncoder.Configuration()
        (configuration.bitrate, configuration.mode, configuration.complexity) = (bitrate, .voip, 5)
        var encoder = try OpusEncoder(format: format, configuration)
        var frame = PCMFrame(format: format)
        var bytes = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var packets: [[UInt8]] = []
        for start in stride(from: 0, to: samples.count, by: format.valuesPerFrame) {
            frame.load(samples.span.extracting(start..<(start + format.valuesPerFrame)))
            var output = bytes.mutableSpan
            let length = encoder.encode(frame, into: &output)
            packets.append(Array(bytes[..<length]))
        }
        return packets
    }
}
