import Foundation
import LiveRoom
import MediaCore
import OpusCodec
import Packetization
import RTPWire

/// Somebody who talks: a voice-like tone of their own, as Opus in RTP.
final class Talker {
    let member: Int
    let frequency: Double
    private var encoder: OpusEncoder
    private var packetizer: RTPPacketizer
    private var frame = PCMFrame(format: AudioFormat())
    private var sample = 0
    /// Recorded speech that is said in place of the tone.
    private let speech: [Float]
    var isSilent = false

    init(_ member: Int, frequency: Double = 0, saying speech: [Float] = []) throws {
        self.member = member
        self.frequency = frequency
        self.speech = speech
        var configuration = OpusEncoder.Configuration()
        (configuration.bitrate, configuration.mode, configuration.complexity) = (48_000, .lowDelay, 2)
        encoder = try OpusEncoder(format: AudioFormat(), configuration)
        packetizer = RTPPacketizer(identity: StreamIdentity(ssrc: UInt32(member)))
    }

    /// The packet of the next 20 ms.
    func next() -> [UInt8]? {
        // Louder and softer a few times a second, or it would be taken for a fan.
        let tone = (0..<960).map { i in
            let t = Double(sample + i) / 48_000
            return Float(isSilent ? 0 : 0.15 * sin(2 * .pi * frequency * t) * (1.1 + sin(2 * .pi * 5 * t)))
        }
        let said = speech.isEmpty || isSilent ? tone : (0..<960).map { speech[(sample + $0) % speech.count] }
        sample += 960
        frame.load(said.span)
        return Self.pack(frame, &encoder, &packetizer)
    }

    private static func pack(
        _ frame: borrowing PCMFrame, _ encoder: inout OpusEncoder, _ packetizer: inout RTPPacketizer
    ) -> [UInt8] {
        var payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var output = payload.mutableSpan
        let encoded = encoder.encode(frame, into: &output)
        var bytes = [UInt8](repeating: 0, count: packetizer.maximumPacketBytes(payload: encoded))
        var packet = bytes.mutableSpan
        let nobody: [UInt32] = []
        let length = packetizer.packetize(
            payload.span.extracting(first: encoded), PacketizedFrame(samples: 960), contributors: nobody.span,
            into: &packet)
        return Array(bytes[..<length])
    }
}

/// Looks into what a member was sent.
enum Heard {
    static func payload(_ packet: [UInt8]) -> [UInt8] {
        guard let header = try? RTPHeader(parsing: packet.span) else { return [] }
        return Array(packet[header.payload])
    }

    static func decode(_ packets: [[UInt8]]) throws -> [Float] {
        var decoder = try OpusDecoder(format: AudioFormat())
        var heard: [Float] = []
        for packet in packets {
            var samples = [Float](repeating: 0, count: 5760)
            var span = samples.mutableSpan
            let count = decoder.decode(payload(packet).span, into: &span) ?? 0
            heard += samples[..<count]
        }
        return heard
    }

    /// The amplitude of a tone in the second half of what was heard (Goertzel's algorithm, in plain words).
    static func amplitude(_ frequency: Double, in samples: [Float]) -> Double {
        let part = samples[(samples.count / 2)...]
        guard !part.isEmpty else { return 0 }
        var (real, imaginary) = (0.0, 0.0)
        for (i, value) in part.enumerated() {
            let angle = 2 * Double.pi * frequency * Double(i) / 48_000
            real += Double(value) * cos(angle)
            imaginary += Double(value) * sin(angle)
        }
        return 2 * (real * real + imaginary * imaginary).squareRoot() / Double(part.count)
    }
}
