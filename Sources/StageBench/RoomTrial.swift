import BasicContainers
import CFloors
import MediaCore
package import PipelineSpec
import StageCosts
import VoiceRoom

/// A whole room at work: speakers who talk without pause, listeners who only listen, packets in and packets out over the
/// loopback interface. Every part of a tick is timed.
package struct RoomTrial: ~Copyable {
    /// Parts of a tick, in the order of `CapacityPrediction.Phase`.
    package enum Phase: Int, CaseIterable, Sendable {
        case receive, ingest, play, mix, encode, transmit, send
    }

    private static let stride = 1500

    package let plan: PipelinePlan
    package let speakers: Int
    package let listeners: Int
    /// Members who get packets, speakers first.
    private let members: Int
    private var senders: RigidArray<RoomSender>
    private var lanes: RigidArray<PacketLane>
    private var room: Room
    private var encoders: RigidArray<ListenerLane>
    private var transmitters: RigidArray<TransmitLane>
    /// Of each member: whose class they are in.
    private var classOfMember: [Int] = []
    private let inSockets: FloorSockets
    private let outSockets: FloorSockets
    private var incoming: [UInt8]
    private var incomingLengths: [Int32]
    /// Packets to members, and where each is.
    private var outgoing: [UInt8]
    private var outgoingPlaces: [PacketPlace]
    private var contributors: [UInt32] = []
    private var floors: RoomFloor
    private var number = 0
    /// Packets that went to members.
    package private(set) var sent = 0

    /// - Throws: `LaneError` where the plan has no packets at an end; `BenchError`.
    package init(plan: PipelinePlan, speakers: Int, listeners: Int, talkers: [BenchMaterial], suite: String) throws {
        let isSecure = (plan.participant + plan.listener).contains { stage in
            switch stage.descriptor.builder {
            case .unprotector, .protector: true
            default: false
            }
        }
        let keys = try BenchKeys(suite: suite, count: max(speakers + listeners, 1))
        func key(_ number: Int) -> KeyMaterial? { isSecure ? keys.material(number) : nil }
        var senders = RigidArray<RoomSender>(capacity: speakers)
        var lanes = RigidArray<PacketLane>(capacity: speakers)
        for i in 0..<speakers {
            senders.append(try RoomSender(plan: plan, talkers[i % talkers.count], number: i, key: key(i)))
            lanes.append(try PacketLane(plan: plan, entry: key(i).map { .srtp($0) } ?? .rtp))
        }
        // A lone speaker hears nobody: no mix is made for them.
        let talking = speakers > 1 ? speakers : 0
        let classes = talking + (listeners > 0 ? 1 : 0)
        var room = try Room(plan: plan, capacity: speakers, maximumClasses: classes)
        var encoders = RigidArray<ListenerLane>(capacity: classes)
        for i in 0..<classes {
            _ = try room.addClass(excluding: i < talking ? ExclusionSet(i) : ExclusionSet())
            encoders.append(try ListenerLane(plan: plan))
        }
        for i in 0..<speakers { room.voices.voices[i].isPresent = true }
        let members = talking + listeners
        var transmitters = RigidArray<TransmitLane>(capacity: members)
        var classOfMember: [Int] = []
        for i in 0..<members {
            classOfMember.append(min(i, classes - 1))
            transmitters.append(
                try TransmitLane(
                    plan: plan, identity: StreamIdentity(ssrc: UInt32(10_000 + i)), key: key(i),
                    maximumPayloadBytes: encoders.span[0].maximumPayloadBytes))
        }
        let longest = members > 0 ? (transmitters.span[0].maximumPacketBytes + 63) & ~63 : 0
        let inSockets = try FloorSockets(peers: max(speakers, 1))
        let outSockets = try FloorSockets(peers: max(members, 1))
        let floors = try RoomFloor(plan, speakers: speakers, classes: classes, keys: keys, members: members)
        self.floors = floors
        (self.plan, self.speakers, self.listeners, self.members) = (plan, speakers, listeners, members)
        self.senders = senders
        self.lanes = lanes
        self.room = room
        self.encoders = encoders
        self.transmitters = transmitters
        self.classOfMember = classOfMember
        self.inSockets = inSockets
        self.outSockets = outSockets
        incoming = Array(repeating: 0, count: max(speakers, 1) * Self.stride)
        incomingLengths = Array(repeating: 0, count: speakers)
        outgoing = Array(repeating: 0, count: (members + 1) * longest)
        outgoingPlaces = Array(repeating: PacketPlace(start: 0, length: 0), count: members)
        contributors = (0..<min(speakers, 15)).map { UInt32($0 + 1) }
    }

    /// Runs one tick, after `bringPackets`.
    /// - Parameter times: processor time of each phase, in nanoseconds, is added.
    /// - Throws: if the loopback interface or a stage lost a packet.
    package mutating func tick(adding times: inout [Double]) throws {
        let duration = Int64(plan.format.frameDuration.seconds * 1e9)
        let now = Int64(number) * duration
        var clock = ThreadClock.now
        func lap(_ phase: Phase) {
            let time = ThreadClock.now
            times[phase.rawValue] += Double(time - clock)
            clock = time
        }
        let came = inSockets.receive(&incoming, stride: Self.stride, &incomingLengths)
        lap(.receive)
        ingest(at: now)
        lap(.ingest)
        for i in lanes.indices { lanes[i].pull(into: &room.voices.frames[i], at: now + duration / 2) }
        lap(.play)
        room.advance()
        lap(.mix)
        Self.encode(room, &encoders)
        lap(.encode)
        transmit()
        lap(.transmit)
        let went = outSockets.sendEach(outgoing, outgoingPlaces)
        lap(.send)
        sent += went
        guard came == speakers, went == members else {
            throw BenchError(
                "the loopback interface lost packets: \(came) of \(speakers) came, \(went) of \(members) went")
        }
    }

    /// Packets that were played, and that were sent by the speakers.
    package var played: (packets: Int, of: Int) {
        var played = 0
        for i in lanes.indices { played += lanes[i].playout.played }
        return (played, number * speakers)
    }

    // MARK: - Parts

    /// What the world does between two ticks: speakers send, listeners receive.
    package mutating func bringPackets() {
        outSockets.drain()
        number += 1
        for i in senders.indices {
            senders[i].advance()
            inSockets.peerSend(i, senders[i].bytes, length: senders[i].length)
        }
    }

    private mutating func ingest(at now: Int64) {
        // Sockets of one machine keep the order of sending: the packets are those of the speakers in turn.
        for i in lanes.indices {
            let start = i * Self.stride
            Self.ingest(incoming, start..<(start + Int(incomingLengths[i])), &lanes[i], now)
        }
    }

    private static func ingest(_ bytes: [UInt8], _ range: Range<Int>, _ lane: inout PacketLane, _ now: Int64) {
        lane.ingest(bytes.span.extracting(range), at: now)
    }

    private mutating func transmit() {
        let frame = PacketizedFrame(samples: plan.format.samplesPerFrame * 48_000 / plan.format.sampleRate)
        Self.transmit(encoders, classOfMember, frame, contributors, &transmitters, &outgoing, &outgoingPlaces)
    }

    private static func encode(_ room: borrowing Room, _ encoders: inout RigidArray<ListenerLane>) {
        for i in encoders.indices { encoders[i].advance(room.classes[i].frame) }
    }

    /// Lays the packets one behind the other, each at the start of a cache line.
    private static func transmit(
        _ encoders: borrowing RigidArray<ListenerLane>, _ classOfMember: [Int], _ frame: PacketizedFrame,
        _ contributors: [UInt32], _ transmitters: inout RigidArray<TransmitLane>, _ bytes: inout [UInt8],
        _ packets: inout [PacketPlace]
    ) {
        var start = 0
        for i in transmitters.indices {
            let length = transmit(
                encoders[classOfMember[i]], frame, contributors, &transmitters[i], &bytes, at: start)
            packets[i] = PacketPlace(start: Int32(start), length: Int32(length))
            start += (length + 63) & ~63
        }
    }

    private static func transmit(
        _ encoder: borrowing ListenerLane, _ frame: PacketizedFrame, _ contributors: [UInt32],
        _ lane: inout TransmitLane, _ bytes: inout [UInt8], at start: Int
    ) -> Int {
        let room = start..<(start + lane.maximumPacketBytes)
        return unsafe bytes.withUnsafeMutableBufferPointer { all in
            var place = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: all[room]))
            return lane.transmit(encoder.payload, frame, contributors: contributors.span, into: &place)
        }
    }

    /// The same codec work and sealing by bare C, for what this tick was.
    package mutating func floor(adding times: inout [Double]) {
        floors.tick(room, talkers: senders, adding: &times)
    }
}

/// One speaker's own end: packets as a client would send them.
struct RoomSender: ~Copyable {
    private let material: BenchMaterial
    private var transmit: TransmitLane
    private var next: Int
    private(set) var bytes: [UInt8] = []
    private var room: [UInt8]
    /// The Opus packet of this tick.
    var payload: [UInt8] { material.packets[next % material.packets.count] }
    var length: Int { bytes.count }

    init(plan: PipelinePlan, _ material: BenchMaterial, number: Int, key: KeyMaterial?) throws {
        self.material = material
        next = number * 37
        let longest = material.packets.map(\.count).max() ?? 0
        let transmit = try TransmitLane(
            plan: plan, identity: StreamIdentity(ssrc: UInt32(number + 1)), key: key, maximumPayloadBytes: longest)
        room = Array(repeating: 0, count: transmit.maximumPacketBytes)
        self.transmit = transmit
    }

    mutating func advance() {
        next += 1
        let samples = material.format.samplesPerFrame * 48_000 / material.format.sampleRate
        let length = Self.transmit(payload, samples, &transmit, &room)
        bytes = Array(room[..<length])
    }

    private static func transmit(
        _ payload: [UInt8], _ samples: Int, _ lane: inout TransmitLane, _ bytes: inout [UInt8]
    ) -> Int {
        let nobody: [UInt32] = []
        var output = bytes.mutableSpan
        return lane.transmit(
            payload.span, PacketizedFrame(samples: samples), contributors: nobody.span, into: &output)
    }
}
