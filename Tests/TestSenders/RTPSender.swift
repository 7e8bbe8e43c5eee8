package import MediaCore
import OpusCodec
import Packetization
package import PipelineSpec
import SecureRTP
import StandardStages
package import VoiceRoom

/// A client: a chirp that comes and goes, in Opus, in RTP, perhaps in SRTP.
package struct RTPSender {
    package static let format = AudioFormat()
    package static let key = KeyMaterial(suite: "aead-aes-128-gcm", secret: (1...28).map { UInt8($0) })

    /// One packet each 20 ms.
    package var packets: [[UInt8]] = []

    package init(
        frames: Int, ssrc: UInt32 = 7, usesFEC: Bool = false, redundancy: Int = 0, key: KeyMaterial? = nil
    ) throws {
        var configuration = OpusEncoder.Configuration()
        (configuration.bitrate, configuration.mode) = (32_000, .voip)
        (configuration.usesInBandFEC, configuration.expectedLoss) = (usesFEC, usesFEC ? 20 : 0)
        configuration.complexity = 2
        var encoder = try OpusEncoder(format: Self.format, configuration)
        var packetization = RTPPacketizer.Configuration()
        packetization.redundancy = redundancy
        var packetizer = RTPPacketizer(
            packetization,
            identity: StreamIdentity(ssrc: ssrc, firstSequenceNumber: 65_500, firstTimestamp: .max - 9999))
        var frame = PCMFrame(format: Self.format)
        var payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var bytes = [UInt8](repeating: 0, count: packetizer.maximumPacketBytes(payload: payload.count) + 64)
        let nobody: [UInt32] = []
        for i in 0..<frames {
            let sound = Self.sound(i)
            frame.load(sound.span)
            var output = payload.mutableSpan
            let encoded = encoder.encode(frame, into: &output)
            var packet = bytes.mutableSpan
            let length = packetizer.packetize(
                payload.span.extracting(first: encoded), PacketizedFrame(samples: 960), contributors: nobody.span,
                into: &packet)
            packets.append(Array(bytes[..<length]))
        }
        if let key { packets = try Self.sealed(packets, key) }
    }

    package static func sealed(_ packets: [[UInt8]], _ key: KeyMaterial) throws -> [[UInt8]] {
        guard let suite = CryptoSuite(name: key.suite) else { return [] }
        var protector = try SRTPProtector(MasterKey(suite: suite, keyAndSalt: key.secret))
        return packets.map { packet in
            var bytes = packet + [UInt8](repeating: 0, count: protector.maximumGrowth)
            var span = bytes.mutableSpan
            guard case .passed(let length) = protector.process(&span, length: packet.count) else { return [] }
            return Array(bytes[..<length])
        }
    }

    /// 20 ms of harmonics of a pitch that glides, louder and softer four times a second.
    private static func sound(_ frame: Int) -> [Float] {
        (0..<960).map { i in
            let t = Double(frame * 960 + i) / 48_000
            let pitch = 2 * 3.141592653589793 * (120 * t + 10 * sinus(t * 2))
            let voice = (1...3).reduce(0.0) { $0 + sinus(pitch * Double($1)) / Double($1) }
            return Float(voice * 0.1 * (1.2 + sinus(t * 25)))
        }
    }

    /// A sine without a mathematics library: within a thousandth, which does for a voice.
    private static func sinus(_ angle: Double) -> Double {
        let turn = angle / (2 * 3.141592653589793)
        let x = (turn - turn.rounded()) * 2
        let parabola = 4 * x * (1 - x.magnitude)
        return parabola * (0.775 + 0.225 * parabola.magnitude)
    }

    /// What a lane makes of datagrams at their times in nanoseconds, for so many ticks.
    package static func play(
        _ deliveries: [(time: Int64, packet: [UInt8])], ticks: Int, plan: PipelinePlan, key: KeyMaterial? = nil,
        payloadTypes: PacketLane.PayloadTypes = .init()
    ) throws -> (heard: [Float], packets: PacketStatistics, playout: PlayoutStatistics) {
        var lane = try PacketLane(plan: plan, entry: key.map { .srtp($0) } ?? .rtp)
        lane.payloadTypes = payloadTypes
        var frame = PCMFrame(format: plan.format)
        var heard: [Float] = []
        var next = 0
        for tick in 0..<ticks {
            let now = Int64(tick) * 20_000_000
            while next < deliveries.count, deliveries[next].time <= now {
                let delivery = deliveries[next]
                lane.ingest(delivery.packet.span, at: delivery.time)
                next += 1
            }
            lane.pull(into: &frame, at: now)
            for i in frame.samples.indices { heard.append(frame.samples[i]) }
        }
        return (heard, lane.packets, lane.playout)
    }

    package static func plan(_ participant: String = "jitter.adaptive, opus.decode") throws -> PipelinePlan {
        try PipelineFile.load(
            text: """
                pipeline: test
                version: 1
                participant: [\(participant)]
                room: [mix]
                listener: [opus.encode, rtp.packetize]
                """, file: "test", registry: .standard)
    }
}
