import BasicContainers
import MediaCore
import PipelineSpec
import VoiceRoom

/// What bare C takes for the codec work and the sealing of a room's tick.
struct RoomFloor: ~Copyable {
    /// What is told apart.
    enum Part: Int, CaseIterable {
        case decode, encode, seal
    }

    private var decoders: RigidArray<FloorDecoder>
    private var encoders: RigidArray<FloorEncoder>
    private let cipher: FloorCipher?
    private let channels: Int
    private var samples: [Float]
    private var payload: [UInt8]
    private var packet: [UInt8]
    private var number: UInt32 = 0

    init(_ plan: PipelinePlan, speakers: Int, classes: Int, keys: BenchKeys, members: Int) throws {
        var decoders = RigidArray<FloorDecoder>(capacity: speakers)
        for _ in 0..<speakers { decoders.append(try FloorDecoder(plan.format)) }
        var encoders = RigidArray<FloorEncoder>(capacity: classes)
        var isSealed = false
        for stage in plan.listener {
            switch stage.descriptor.builder {
            case .payloadEncoder:
                for _ in 0..<classes { encoders.append(try FloorEncoder(plan.format, like: stage)) }
            case .protector: isSealed = true
            default: break
            }
        }
        let memberKeys = try BenchKeys(suite: keys.suite, count: max(members, 1))
        let cipher = isSealed && members > 0 ? try memberKeys.makeFloor(encrypts: true) : nil
        self.decoders = decoders
        self.encoders = encoders
        self.cipher = cipher
        channels = plan.format.channels
        samples = Array(repeating: 0, count: 5760 * channels)
        payload = Array(repeating: 0, count: 4000)
        packet = ProtectTrial.rtp(12 + StageTrials.sentBytes) + [UInt8](repeating: 0, count: 32)
    }

    /// Does what a tick of the room did, and adds the times of its parts.
    mutating func tick(
        _ room: borrowing Room, talkers: borrowing RigidArray<RoomSender>, adding times: inout [Double]
    ) {
        number += 1
        var clock = ThreadClock.now
        Self.decode(talkers, decoders, channels, into: &samples)
        lap(.decode, &clock, &times)
        let length = Self.encode(room, encoders, into: &payload)
        lap(.encode, &clock, &times)
        _ = cipher?.sealAll(&packet, length: 12 + min(max(length, 1), StageTrials.sentBytes), number: number)
        lap(.seal, &clock, &times)
    }

    private static func decode(
        _ talkers: borrowing RigidArray<RoomSender>, _ decoders: borrowing RigidArray<FloorDecoder>, _ channels: Int,
        into samples: inout [Float]
    ) {
        for i in decoders.indices { _ = decoders[i].decode(talkers[i].payload, into: &samples, channels: channels) }
    }

    /// - Returns: the length of the last packet.
    private static func encode(
        _ room: borrowing Room, _ encoders: borrowing RigidArray<FloorEncoder>, into payload: inout [UInt8]
    ) -> Int {
        var length: Int32 = 0
        for i in encoders.indices { length = encoders[i].encode(room.classes[i].frame, into: &payload) }
        return Int(length)
    }

    private func lap(_ part: Part, _ clock: inout Int64, _ times: inout [Double]) {
        let now = ThreadClock.now
        times[part.rawValue] += Double(now - clock)
        clock = now
    }
}
