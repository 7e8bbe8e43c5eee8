import BasicContainers
import MediaCore
public import PipelineSpec
import SecureRTP
import VoiceRoom

/// Many senders, each with a key of their own: every packet is parsed, opened and put into its sender's jitter buffer.
public struct IngestTrial: ~Copyable {
    private static let tick: Int64 = 20_000_000

    private var lanes: RigidArray<PacketLane>
    private var protectors: RigidArray<SRTPProtector>
    private var packets: [[UInt8]]
    private var frame: PCMFrame
    private var payload: [UInt8]
    private var ticks: Int64 = 0

    /// - Parameters:
    ///   - registry: the stages to measure: `srtp.unprotect` and `jitter.adaptive`.
    ///   - payload: an Opus packet of 20 ms, which all send.
    public init(senders: Int, registry: StageRegistry, payload: [UInt8]) throws {
        let plan = try Self.plan(registry)
        var lanes = RigidArray<PacketLane>(capacity: senders)
        var protectors = RigidArray<SRTPProtector>(capacity: senders)
        for sender in 0..<senders {
            let master = try ProtectTrial.key(sender)
            let key = KeyMaterial(suite: master.suite.rawValue, secret: master.key + master.salt)
            lanes.append(try PacketLane(plan: plan, entry: .srtp(key)))
            protectors.append(try SRTPProtector(master))
        }
        self.lanes = lanes
        self.protectors = protectors
        self.payload = payload
        packets = Array(repeating: [], count: senders)
        frame = PCMFrame(format: plan.format)
    }

    private static func plan(_ registry: StageRegistry) throws -> PipelinePlan {
        var registry = registry
        registry.register(SilentDecoder.stage)
        return try PipelineFile.load(
            text: """
                pipeline: bench
                version: 1
                format: { rate: 8 kHz, channels: mono, frame: 20 ms }
                participant: [srtp.unprotect, jitter.adaptive, bench.decode]
                room: [mix]
                listener: [opus.encode]
                """, file: "bench", registry: registry)
    }

    /// - Returns: nanoseconds a packet, one value a round of one packet from each sender.
    public mutating func run(rounds: Int) -> CostSeries {
        var measurement = CostSeries()
        for round in 0..<(rounds + 20) {
            for sender in packets.indices { seal(sender) }
            let now = ticks * Self.tick
            let time = ThreadClock.measure { ingestAll(at: now) }
            for i in lanes.indices { lanes[i].pull(into: &frame, at: now + Self.tick / 2) }
            ticks += 1
            // The first rounds fill the buffers and warm the caches.
            if round >= 20 { measurement.add(time / Double(packets.count)) }
        }
        return measurement
    }

    /// Packets that were played, and packets that were sent, of all senders.
    public var played: (packets: Int, of: Int) {
        var played = 0
        for i in lanes.indices { played += lanes[i].playout.played }
        return (played, Int(ticks) * packets.count)
    }

    private mutating func ingestAll(at now: Int64) {
        for i in lanes.indices { Self.ingest(packets[i], &lanes[i], now) }
    }

    private static func ingest(_ packet: [UInt8], _ lane: inout PacketLane, _ now: Int64) {
        lane.ingest(packet.span, at: now)
    }

    private mutating func seal(_ sender: Int) {
        let (number, timestamp) = (UInt16(truncatingIfNeeded: ticks), UInt32(truncatingIfNeeded: ticks &* 960))
        var packet: [UInt8] = [0x80, 111, UInt8(number >> 8), UInt8(number & 0xFF)]
        for shift in [24, 16, 8, 0] as [UInt32] { packet.append(UInt8(timestamp >> shift & 0xFF)) }
        packet += [0, 0, UInt8(sender >> 8 & 0xFF), UInt8(sender & 0xFF)] + payload + [UInt8](repeating: 0, count: 16)
        let length = packet.count - 16
        var span = packet.mutableSpan
        guard case .passed = protectors[sender].process(&span, length: length) else {
            preconditionFailure("a packet was not sealed")
        }
        packets[sender] = packet
    }
}
