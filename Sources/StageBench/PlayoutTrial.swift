import BasicContainers
import CFloors
import MediaCore
import StageCosts

/// rtp → opus: the two ways in which a playout buffer is called, for many senders with little jitter and no loss.
struct PlayoutTrial: Trial, ~Copyable {
    enum Part: String {
        /// Once per packet that comes.
        case ingest
        /// Once per tick: the pace, and what is to be heard next.
        case tick
    }

    let operations: Int
    let floorName: String? = "a ring of packets, without jitter"
    let bytes: TouchedBytes
    private let part: Part
    private var senders: PlayoutSenders
    private let ring: FloorRing

    init(
        _ part: Part, _ material: BenchMaterial, senders: Int, make: () throws -> any PlayoutBuffer & ~Copyable
    ) throws {
        let playout = try PlayoutSenders(material, count: senders, make: make)
        let ring = try FloorRing(senders: senders)
        self.part = part
        self.senders = playout
        self.ring = ring
        operations = senders
        let payload = material.packets.reduce(0) { $0 + $1.count } / material.packets.count
        bytes = part == .ingest ? TouchedBytes(input: payload, output: payload) : TouchedBytes(input: payload)
    }

    var failure: String? { senders.failure }

    mutating func prepare() {
        switch part {
        case .ingest:
            if senders.number > 0 { senders.play() }
            senders.advance()
        case .tick:
            senders.advance()
            senders.ingest()
        }
    }

    mutating func stage() {
        switch part {
        case .ingest: senders.ingest()
        case .tick: senders.play()
        }
    }

    mutating func floor() {
        let payload = senders.payload
        for sender in 0..<operations {
            switch part {
            case .ingest: ring.put(sender, senders.number, payload)
            case .tick: ring.take(sender, senders.number)
            }
        }
    }
}

/// Senders whose packets go into a playout buffer each.
struct PlayoutSenders: ~Copyable {
    private(set) var number = -1
    private var buffers: RigidArray<any PlayoutBuffer & ~Copyable>
    private let material: BenchMaterial
    private var random: UInt64 = 1
    /// What is taken out or put in where the buffer asks for it: 5 ms.
    private static let period = 240

    init(
        _ material: BenchMaterial, count: Int, make: () throws -> any PlayoutBuffer & ~Copyable
    ) throws {
        var buffers = RigidArray<any PlayoutBuffer & ~Copyable>(capacity: count)
        for _ in 0..<count { buffers.append(try make()) }
        self.buffers = buffers
        self.material = material
    }

    /// Of the packet that comes now: the same for all.
    var payload: [UInt8] { material.packets[number % material.packets.count] }

    /// Samples at 48 kHz of a frame.
    private var frame: Int { material.format.samplesPerFrame * 48_000 / material.format.sampleRate }

    /// Whether nearly every packet was played.
    var failure: String? {
        var played = 0
        for i in buffers.indices { played += buffers.span[i].statistics.played }
        let due = Self.due(number, material.format) * buffers.count
        guard played < due * 9 / 10 else { return nil }
        return "the stage played \(played) of \(due) packets that were due"
    }

    /// Packets that must have been played of so many that came: all but those of the last quarter of a second.
    static func due(_ number: Int, _ format: AudioFormat) -> Int {
        max(number - Int(0.25 / format.frameDuration.seconds), 0)
    }

    mutating func advance() { number += 1 }

    mutating func ingest() {
        let payload = payload
        let frame = frame
        for i in buffers.indices {
            // Within 2 ms of when it is due.
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let jitter = Int64(random >> 33) % 96
            let packet = MediaPacket(
                sequenceNumber: UInt16(truncatingIfNeeded: number),
                timestamp: UInt32(truncatingIfNeeded: number * frame),
                ssrc: UInt32(i), marker: false, samples: frame)
            buffers[i].ingest(packet, payload.span, arrival: Int64(number * frame) + jitter)
        }
    }

    /// One tick of each: as a lane would ask, for exactly a frame.
    mutating func play() {
        let frame = frame
        let now = Int64(number * frame + frame / 2)
        for i in buffers.indices {
            var decoded = 0
            switch buffers[i].pace(at: now, decoded: 0).adjustment {
            case .none: break
            case .shorten:
                decoded = -Self.period
                buffers[i].adjusted(by: Self.period)
            case .lengthen:
                decoded = Self.period
                buffers[i].adjusted(by: -Self.period)
            }
            while decoded < frame {
                switch buffers[i].next(at: now, decoded: decoded, isRequired: true) {
                case .decode(let packet, _): decoded += packet.samples
                case .conceal(let samples, _): decoded += samples
                case .stall(let samples, _): decoded += samples
                case .restart: continue
                case .pause, .nothing: decoded = frame
                }
            }
        }
    }
}

@safe private struct FloorRing: ~Copyable {
    private let ring: OpaquePointer

    init(senders: Int) throws {
        guard let made = unsafe parley_floor_ring_new(Int32(senders)) else { throw BenchError("no memory for a ring") }
        unsafe ring = made
    }

    deinit { unsafe parley_floor_ring_free(ring) }

    func put(_ sender: Int, _ number: Int, _ payload: [UInt8]) {
        unsafe parley_floor_ring_put(
            ring, Int32(sender), UInt16(truncatingIfNeeded: number), payload, Int32(payload.count))
    }

    func take(_ sender: Int, _ number: Int) {
        unsafe _ = parley_floor_ring_take(ring, Int32(sender), UInt16(truncatingIfNeeded: number))
    }
}
