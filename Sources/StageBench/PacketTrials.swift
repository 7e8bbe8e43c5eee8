import BasicContainers
import CFloors
import MediaCore
import StageCosts

/// opus → opus: looking at packets before they are decoded.
struct PayloadFilterTrial: Trial, ~Copyable {
    let operations = 2048
    let floorName: String? = "a look at the first bytes"
    let bytes = TouchedBytes(input: 2)
    private let material: BenchMaterial
    private var filter: any PayloadFilter & ~Copyable
    private var next = 0

    init(_ filter: consuming any PayloadFilter & ~Copyable, _ material: BenchMaterial) {
        self.filter = filter
        self.material = material
    }

    mutating func prepare() { next += operations }

    mutating func stage() {
        let count = material.packets.count
        for i in 0..<operations { Self.judge(material.packets[(next + i) % count], &filter) }
    }

    private static func judge(_ packet: [UInt8], _ filter: inout any PayloadFilter & ~Copyable) {
        _ = filter.judge(packet.span, audioLevel: nil)
    }

    mutating func floor() {
        let count = material.packets.count
        for i in 0..<operations {
            let packet = material.packets[(next + i) % count]
            unsafe _ = parley_floor_judge(packet, Int32(packet.count))
        }
    }
}

/// opus → rtp: one listener's packets.
struct PacketizerTrial: Trial, ~Copyable {
    let operations = 1024
    let floorName: String? = "header and a copy"
    let bytes: TouchedBytes
    private(set) var failure: String?
    private let material: BenchMaterial
    /// One; an array lends its element for reading, which an existential on its own does not.
    private var packetizers: RigidArray<any Packetizer & ~Copyable>
    private var packet: [UInt8]
    private var next = 0
    /// Three who are heard.
    private let contributors: [UInt32] = [1, 2, 3]

    init(_ packetizer: consuming any Packetizer & ~Copyable, _ material: BenchMaterial) {
        let longest = material.packets.map(\.count).max() ?? 0
        var packetizers = RigidArray<any Packetizer & ~Copyable>(capacity: 1)
        packetizers.append(packetizer)
        let room = packetizers.span[0].maximumPacketBytes(payload: longest)
        packet = Array(repeating: 0, count: room)
        self.packetizers = packetizers
        self.material = material
        let mean = material.packets.reduce(0) { $0 + $1.count } / material.packets.count
        bytes = TouchedBytes(input: mean, output: mean + 12)
    }

    mutating func prepare() { next += operations }

    mutating func stage() {
        let frame = PacketizedFrame(
            samples: material.format.samplesPerFrame * 48_000 / material.format.sampleRate, level: -30)
        let count = material.packets.count
        for i in 0..<operations {
            let payload = material.packets[(next + i) % count]
            if !Self.packetize(payload, frame, contributors, &packetizers[0], &packet) {
                failure = "the stage made no packet of a payload"
            }
        }
    }

    private static func packetize(
        _ payload: [UInt8], _ frame: PacketizedFrame, _ contributors: [UInt32],
        _ packetizer: inout any Packetizer & ~Copyable, _ packet: inout [UInt8]
    ) -> Bool {
        var span = packet.mutableSpan
        return packetizer.packetize(payload.span, frame, contributors: contributors.span, into: &span) > 0
    }

    mutating func floor() {
        let count = material.packets.count
        for i in 0..<operations {
            let payload = material.packets[(next + i) % count]
            unsafe _ = parley_floor_packetize(
                payload, Int32(payload.count), UInt16(truncatingIfNeeded: next), UInt32(truncatingIfNeeded: next), 1,
                &packet)
        }
    }
}
