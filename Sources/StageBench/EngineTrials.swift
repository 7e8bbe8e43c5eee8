import BasicContainers
import CFloors
import MediaCore
import PipelineSpec
import StageCosts
import VoiceRoom

/// What the engine itself adds to its stages, and what the kernel takes for datagrams: with the stages, all that a room
/// costs.
extension StageTrials {
    /// The trials of the engine's parts.
    package func engineTrials() throws -> [TrialSpec] {
        let material = talkers(.speech)[0]
        let format = CostFormat(material.format)
        let (registry, senders, listeners) = (engineRegistry, conditions.senders, conditions.keys)
        func subject(_ kind: String, _ width: Int, _ unit: String) -> CostSubject {
            CostSubject(kind: kind, input: "speech", width: width, widthUnit: unit, format: format)
        }
        return [
            TrialSpec(subject("engine.receive", senders, "senders"), .packet) {
                try DatagramTrial(.receive, peers: senders, packetBytes: 12 + Self.receivedBytes + 16)
            },
            TrialSpec(subject("engine.lane", senders, "senders"), .packet) {
                try LaneTrial(material, senders: senders, registry: registry)
            },
            TrialSpec(subject("engine.transmit", listeners, "listeners"), .packet) {
                try TransmitTrial(material, listeners: listeners, registry: registry)
            },
            TrialSpec(subject("engine.send", listeners, "listeners"), .packet) {
                try DatagramTrial(.send, peers: listeners, packetBytes: 12 + Self.sentBytes + 16)
            },
        ]
    }

    /// With a decoder that costs next to nothing.
    private var engineRegistry: StageRegistry {
        var registry = registry
        registry.register(SilentDecoder.stage)
        return registry
    }
}

/// A packet lane around a playout buffer, less the buffer: parsing, the queue, the player.
private struct LaneTrial: Trial, ~Copyable {
    let operations: Int
    let floorName: String? = nil
    let bytes: TouchedBytes
    private var lanes: RigidArray<PacketLane>
    private var senders: PlayoutSenders
    private var frame: PCMFrame
    private let payload: [UInt8]
    private var packet: [UInt8] = []
    private var number = 0

    init(_ material: BenchMaterial, senders count: Int, registry: StageRegistry) throws {
        let plan = try enginePlan(registry, material.format)
        guard let stage = plan.participant.first, case .playoutBuffer(let make) = stage.descriptor.builder else {
            throw BenchError("'jitter.adaptive' is no playout buffer")
        }
        var lanes = RigidArray<PacketLane>(capacity: count)
        for _ in 0..<count { lanes.append(try PacketLane(plan: plan, entry: .rtp)) }
        let senders = try PlayoutSenders(material, count: count) { try make(stage.arguments, material.format) }
        self.lanes = lanes
        self.senders = senders
        frame = PCMFrame(format: material.format)
        payload = material.packets[0]
        operations = count
        bytes = TouchedBytes(
            input: 12 + payload.count, output: material.format.valuesPerFrame * MemoryLayout<Float>.stride)
    }

    var failure: String? {
        var played = 0
        for i in lanes.indices { played += lanes.span[i].playout.played }
        let due = PlayoutSenders.due(number, frame.format) * operations
        guard played < due * 9 / 10 else { return senders.failure }
        return "the lanes played \(played) of \(due) packets that were due"
    }

    mutating func prepare() {
        number += 1
        senders.advance()
        let timestamp = UInt32(
            truncatingIfNeeded: number * frame.format.samplesPerFrame * 48_000 / frame.format.sampleRate)
        packet = [0x80, 111, UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
        for shift in [24, 16, 8, 0] as [UInt32] { packet.append(UInt8(truncatingIfNeeded: timestamp >> shift)) }
        packet += [0, 0, 0, 1] + payload
    }

    mutating func baseline() {
        senders.ingest()
        senders.play()
    }

    mutating func stage() {
        let duration = Int64(frame.format.frameDuration.seconds * 1e9)
        let now = Int64(number) * duration
        for i in lanes.indices { Self.ingest(packet, &lanes[i], now) }
        for i in lanes.indices { lanes[i].pull(into: &frame, at: now + duration / 2) }
    }

    mutating func floor() {}

    private static func ingest(_ packet: [UInt8], _ lane: inout PacketLane, _ now: Int64) {
        lane.ingest(packet.span, at: now)
    }
}

/// A transmit lane around a packetizer, less the packetizer.
private struct TransmitTrial: Trial, ~Copyable {
    let operations: Int
    let floorName: String? = nil
    let bytes: TouchedBytes
    private(set) var failure: String?
    private var lanes: RigidArray<TransmitLane>
    private var packetizers: RigidArray<any Packetizer & ~Copyable>
    private var packet: [UInt8]
    private let payload: [UInt8]
    private let samples: Int
    private let contributors: [UInt32] = [1, 2, 3]

    init(_ material: BenchMaterial, listeners: Int, registry: StageRegistry) throws {
        let plan = try enginePlan(registry, material.format)
        guard let stage = plan.listener.last, case .packetizer(let make) = stage.descriptor.builder else {
            throw BenchError("'rtp.packetize' is no packetizer")
        }
        let payload = material.packets[0]
        var lanes = RigidArray<TransmitLane>(capacity: listeners)
        var packetizers = RigidArray<any Packetizer & ~Copyable>(capacity: listeners)
        for listener in 0..<listeners {
            let identity = StreamIdentity(ssrc: UInt32(listener))
            lanes.append(
                try TransmitLane(plan: plan, identity: identity, key: nil, maximumPayloadBytes: payload.count))
            packetizers.append(try make(stage.arguments, identity))
        }
        let longest = max(
            packetizers.span[0].maximumPacketBytes(payload: payload.count), lanes.span[0].maximumPacketBytes)
        packet = Array(repeating: 0, count: longest)
        self.lanes = lanes
        self.packetizers = packetizers
        self.payload = payload
        operations = listeners
        samples = material.format.samplesPerFrame * 48_000 / material.format.sampleRate
        bytes = TouchedBytes(input: payload.count, output: packet.count)
    }

    mutating func baseline() {
        let frame = PacketizedFrame(samples: samples)
        for i in packetizers.indices {
            Self.packetize(payload, frame, contributors, &packetizers[i], &packet)
        }
    }

    mutating func stage() {
        let frame = PacketizedFrame(samples: samples)
        for i in lanes.indices where !Self.transmit(payload, frame, contributors, &lanes[i], &packet) {
            failure = "a lane made no packet"
        }
    }

    mutating func floor() {}

    private static func packetize(
        _ payload: [UInt8], _ frame: PacketizedFrame, _ contributors: [UInt32],
        _ packetizer: inout any Packetizer & ~Copyable, _ packet: inout [UInt8]
    ) {
        var span = packet.mutableSpan
        _ = packetizer.packetize(payload.span, frame, contributors: contributors.span, into: &span)
    }

    private static func transmit(
        _ payload: [UInt8], _ frame: PacketizedFrame, _ contributors: [UInt32], _ lane: inout TransmitLane,
        _ packet: inout [UInt8]
    ) -> Bool {
        var span = packet.mutableSpan
        return lane.transmit(payload.span, frame, contributors: contributors.span, into: &span) > 0
    }
}

private func enginePlan(_ registry: StageRegistry, _ format: AudioFormat) throws -> PipelinePlan {
    func stages(_ kinds: String...) throws -> [PlannedStage] {
        try kinds.map { kind in
            guard let descriptor = registry[kind] else {
                throw BenchError("the engine is measured around '\(kind)', which is not registered")
            }
            return try descriptor.planned(format: format)
        }
    }
    return PipelinePlan(
        name: "bench", format: format, participant: try stages("jitter.adaptive", "bench.decode"),
        room: try stages("mix"), listener: try stages("opus.encode", "rtp.packetize"))
}

/// Datagrams over the loopback interface, in batches of 64: what the kernel takes.
struct DatagramTrial: Trial, ~Copyable {
    enum Direction {
        case send, receive
    }

    let operations: Int
    let floorName: String? = nil
    let bytes: TouchedBytes
    private(set) var failure: String?
    private let direction: Direction
    private let sockets: FloorSockets
    private var packets: [UInt8]
    private var lengths: [Int32]
    private let stride: Int

    init(_ direction: Direction, peers: Int, packetBytes: Int) throws {
        self.direction = direction
        sockets = try FloorSockets(peers: peers)
        operations = peers
        stride = packetBytes
        packets = Array(repeating: 7, count: peers * packetBytes)
        lengths = Array(repeating: Int32(packetBytes), count: peers)
        bytes = TouchedBytes(input: packetBytes, output: packetBytes)
    }

    mutating func prepare() {
        switch direction {
        case .send: sockets.drain()
        case .receive: for peer in 0..<operations { sockets.peerSend(peer, packets, length: stride) }
        }
    }

    mutating func stage() {
        let done =
            switch direction {
            case .send: sockets.sendAll(packets, stride: stride, lengths)
            case .receive: sockets.receive(&packets, stride: stride, &lengths)
            }
        if done < operations { failure = "only \(done) of \(operations) datagrams went over the loopback interface" }
    }

    mutating func floor() {}
}

/// Where a packet is within a buffer of many.
typealias PacketPlace = parley_floor_place

/// A socket and its peers, on free ports of the loopback interface.
@safe struct FloorSockets: ~Copyable {
    private let sockets: OpaquePointer

    init(peers: Int) throws {
        guard let made = unsafe parley_floor_sockets_new(Int32(peers)) else {
            throw BenchError("\(peers + 1) sockets cannot be opened; allow more open files (ulimit -n)")
        }
        unsafe sockets = made
    }

    deinit { unsafe parley_floor_sockets_free(sockets) }

    /// - Returns: how many datagrams went.
    func sendAll(_ packets: [UInt8], stride: Int, _ lengths: [Int32]) -> Int {
        unsafe Int(parley_floor_send_all(sockets, packets, Int32(stride), lengths))
    }

    /// Each peer its packet.
    func sendEach(_ bytes: [UInt8], _ places: [PacketPlace]) -> Int {
        unsafe Int(parley_floor_send_each(sockets, bytes, places, Int32(places.count)))
    }

    @discardableResult func drain() -> Int { unsafe Int(parley_floor_drain(sockets)) }

    func peerSend(_ peer: Int, _ packet: [UInt8], length: Int) {
        unsafe _ = parley_floor_peer_send(sockets, Int32(peer), packet, Int32(length))
    }

    /// - Returns: how many datagrams came.
    func receive(_ packets: inout [UInt8], stride: Int, _ lengths: inout [Int32]) -> Int {
        let most = Int32(lengths.count)
        return unsafe Int(parley_floor_receive(sockets, &packets, Int32(stride), &lengths, most))
    }
}
