import Glibc
import MediaCore
import OpusCodec

/// Voices that can be told apart by their pitch, encoded once: two seconds of Opus each, over and over.
struct VoiceLoops {
    /// Voices that there are; whoever is one too many shares theirs with somebody.
    static let count = 52
    static let frames = 100
    static let samplesPerFrame = 960
    /// What a client sends five of when it stops.
    static let silence: [UInt8] = [0xF8, 0xFF, 0xFE]

    private var loops: [[[UInt8]]] = Array(repeating: [], count: count)

    /// A multiple of the loop's, so that it closes; unevenly spaced, so that no distortion of some is the tone of another.
    static func frequency(_ voice: Int) -> Double {
        let index = voice % count
        return Double(300 + 60 * index + (index * index * 7 + index * 13) % 41 - 20)
    }

    /// One frame of 20 ms.
    mutating func payload(_ voice: Int, frame: Int) throws -> [UInt8] {
        let voice = voice % Self.count
        if loops[voice].isEmpty { loops[voice] = try Self.encode(Self.frequency(voice)) }
        return loops[voice][frame % Self.frames]
    }

    private static func encode(_ frequency: Double) throws -> [[UInt8]] {
        var configuration = OpusEncoder.Configuration()
        (configuration.bitrate, configuration.mode, configuration.complexity) = (32_000, .lowDelay, 2)
        var encoder = try OpusEncoder(format: AudioFormat(), configuration)
        var frame = PCMFrame(format: AudioFormat())
        var bytes = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var made: [[UInt8]] = []
        // The second time around the encoder stands as it will stand when the loop begins again.
        for i in 0..<(2 * frames) {
            let tone = (0..<samplesPerFrame).map { sample(frequency, i * samplesPerFrame + $0) }
            frame.load(tone.span)
            var output = bytes.mutableSpan
            let length = encoder.encode(frame, into: &output)
            if i >= frames { made.append(Array(bytes[..<length])) }
        }
        return made
    }

    /// Louder and softer a few times a second, or it would be taken for a fan.
    private static func sample(_ frequency: Double, _ index: Int) -> Float {
        let t = Double(index) / 48_000
        return Float(0.12 * sin(2 * .pi * frequency * t) * (1.1 + sin(2 * .pi * 5 * t)))
    }
}
