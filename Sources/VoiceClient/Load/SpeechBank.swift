import MediaCore
import OpusCodec
import StageBench

/// Speech as Opus packets of 20 ms, in one piece of memory: what all speakers say.
struct SpeechBank: Sendable {
    private static let seconds = 12.0
    private static let bitrate = 32_000
    /// Of a file.
    private static let maximumFrames = 50 * 60

    /// A talker's frames, as places in `bytes`.
    private var talkers: [[Range<Int>]] = []
    private(set) var bytes: [UInt8] = []

    var count: Int { talkers.count }

    /// The talkers that are compiled in.
    init() throws {
        for talker in 0..<4 {
            let material = try BenchMaterial(.speech, talker: talker, format: AudioFormat(), seconds: Self.seconds)
            append(material.packets)
        }
    }

    init(files: [String]) throws {
        for path in files { append(try Self.encode(path)) }
    }

    func frames(of talker: Int) -> Int { talkers[talker % talkers.count].count }

    func frame(_ number: Int, of talker: Int) -> Range<Int> {
        let frames = talkers[talker % talkers.count]
        return frames[number % frames.count]
    }

    private mutating func append(_ packets: [[UInt8]]) {
        var places: [Range<Int>] = []
        for packet in packets where !packet.isEmpty {
            places.append(bytes.count..<(bytes.count + packet.count))
            bytes += packet
        }
        talkers.append(places)
    }

    private static func encode(_ path: String) throws -> [[UInt8]] {
        let format = AudioFormat()
        let source = try FileSource(path: path, format: format)
        var configuration = OpusEncoder.Configuration()
        (configuration.bitrate, configuration.mode, configuration.complexity) = (bitrate, .voip, 5)
        var encoder = try OpusEncoder(format: format, configuration)
        var frame = PCMFrame(format: format)
        var payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var packets: [[UInt8]] = []
        while packets.count < maximumFrames, try source.fill(&frame) {
            var span = payload.mutableSpan
            let length = encoder.encode(frame, into: &span)
            packets.append(Array(payload[..<length]))
        }
        guard !packets.isEmpty else { throw CallError(.request, "'\(path)' holds no sound") }
        return packets
    }
}
