public import MediaCore
public import NetworkImpairment
import OpusCodec
import Packetization
public import PipelineSpec
import VoiceRoom

/// Speech through an encoder, a bad network and a participant's lane, in virtual time; and what came of it.
public struct JitterTrial: Sendable {
    /// What was measured.
    public struct Outcome: Sendable {
        public var network: String
        public var statistics = PlayoutStatistics()
        /// From a packet's arrival to its first sample, in seconds.
        public var meanDelay = 0.0
        public var delay95 = 0.0
        /// As parts of what was played.
        public var lost = 0.0
        public var late = 0.0
        public var concealed = 0.0
        public var stretched = 0.0
        /// What was heard, at the format's rate.
        public var heard: [Float] = []
        public var quality = SpeechQuality()
    }

    /// Of the sender: 32 kbit/s of speech with in-band FEC.
    public static let bitrate = 32_000
    static let format = AudioFormat()
    /// The network's clock runs so much ahead of the sender's: packets do not come at ticks of the room.
    private static let phase: Int64 = 7_000_000

    private let plan: PipelinePlan
    private let packets: [[UInt8]]
    private let reference: [Float]
    /// What is heard over a perfect network: what the built-in measures compare with, since the codec changes the wave.
    private var undisturbed: [Float] = []

    /// Encodes the speech once for any number of runs.
    /// - Parameter speech: one channel at 48 kHz.
    public init(plan: PipelinePlan, speech: [Float], expectedLoss: Int = 10) throws {
        self.plan = plan
        reference = speech
        packets = try Self.encode(speech, expectedLoss: expectedLoss)
        undisturbed = try run(NetworkProfile(), seed: 0).heard
    }

    /// What a listener should hear.
    public var original: [Float] { reference }

    public func run(_ profile: NetworkProfile, seed: UInt64) throws -> Outcome {
        var deliveries: [(time: Int64, packet: Int)] = []
        var network = ImpairedNetwork(profile, seed: seed)
        for packet in packets.indices {
            let sent = Int64(packet) * 20_000_000 + Self.phase
            switch network.send(bytes: packets[packet].count, at: sent) {
            case .delivered(let time): deliveries.append((time, packet))
            case .duplicated(let time, let second): deliveries += [(time, packet), (second, packet)]
            case .lost, .outage, .dropped: break
            }
        }
        deliveries.sort { ($0.time, $0.packet) < ($1.time, $1.packet) }
        return try play(deliveries, profile)
    }

    private func play(_ deliveries: [(time: Int64, packet: Int)], _ profile: NetworkProfile) throws -> Outcome {
        var lane = try PacketLane(plan: plan, entry: .rtp)
        var frame = PCMFrame(format: plan.format)
        var outcome = Outcome(network: profile.name)
        var delays: [Double] = []
        var next = 0
        var tick: Int64 = 0
        var before = PlayoutStatistics()
        while next < deliveries.count || !lane.isIdle {
            let now = tick * 20_000_000
            while next < deliveries.count, deliveries[next].time <= now {
                let packet = packets[deliveries[next].packet]
                lane.ingest(packet.span, at: deliveries[next].time)
                next += 1
            }
            lane.pull(into: &frame, at: now)
            for i in frame.samples.indices { outcome.heard.append(frame.samples[i]) }
            let after = lane.playout
            if after.played > before.played {
                delays.append(Double(after.delaySum - before.delaySum) / Double(after.played - before.played) / 48_000)
            }
            before = after
            tick += 1
        }
        summarise(before, delays, &outcome)
        return outcome
    }

    private func summarise(_ statistics: PlayoutStatistics, _ delays: [Double], _ outcome: inout Outcome) {
        let total = Double(max(packets.count, 1))
        outcome.statistics = statistics
        outcome.meanDelay = statistics.meanDelay
        let sorted = delays.sorted()
        outcome.delay95 = sorted.isEmpty ? 0 : sorted[min(sorted.count * 95 / 100, sorted.count - 1)]
        outcome.lost = Double(statistics.lost) / total
        outcome.late = Double(statistics.late) / total
        outcome.concealed = Double(statistics.samplesConcealed) / 960 / total
        outcome.stretched = Double(statistics.samplesShortened + statistics.samplesLengthened) / 960 / total
        outcome.quality = SpeechQuality(reference: undisturbed, heard: outcome.heard)
    }

    private static func encode(_ speech: [Float], expectedLoss: Int) throws -> [[UInt8]] {
        var configuration = OpusEncoder.Configuration()
        configuration.bitrate = bitrate
        configuration.mode = .voip
        configuration.usesInBandFEC = true
        configuration.expectedLoss = expectedLoss
        var encoder = try OpusEncoder(format: format, configuration)
        var packetizer = RTPPacketizer(identity: StreamIdentity(ssrc: 1))
        var payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var packet = [UInt8](repeating: 0, count: packetizer.maximumPacketBytes(payload: payload.count))
        var frame = PCMFrame(format: format)
        var packets: [[UInt8]] = []
        let nobody: [UInt32] = []
        for start in stride(from: 0, to: speech.count - 959, by: 960) {
            frame.load(speech.span.extracting(start..<(start + 960)))
            var output = payload.mutableSpan
            let length = encoder.encode(frame, into: &output)
            var bytes = packet.mutableSpan
            let count = packetizer.packetize(
                payload.span.extracting(first: length), PacketizedFrame(samples: 960), contributors: nobody.span,
                into: &bytes)
            packets.append(Array(packet[..<count]))
        }
        return packets
    }
}
