import BasicContainers
import MediaCore
import SecureRTP

/// One packet sealed for many listeners, each with a key of their own, beside the same work by bare AES-GCM contexts.
public struct ProtectTrial: ~Copyable {
    private static let headerBytes = 12
    private var protectors: RigidArray<SRTPProtector>
    private var floors: RigidArray<BareGCM>
    private var packet: [UInt8]
    private var floorPacket: [UInt8]
    private let length: Int
    private var number: UInt16 = 0

    /// - Parameter payloadBytes: of the RTP payload: 200 for 80 kbit/s in frames of 20 ms.
    public init(listeners: Int, payloadBytes: Int) throws {
        var protectors = RigidArray<SRTPProtector>(capacity: listeners)
        var floors = RigidArray<BareGCM>(capacity: listeners)
        for listener in 0..<listeners {
            let master = try Self.key(listener)
            protectors.append(try SRTPProtector(master))
            floors.append(try BareGCM(key: master.key, isSealing: true))
        }
        self.protectors = protectors
        self.floors = floors
        length = Self.headerBytes + payloadBytes
        packet = Array(repeating: 0, count: length + 16)
        for i in packet.indices { packet[i] = UInt8(truncatingIfNeeded: i &* 37) }
        packet.replaceSubrange(0..<12, with: [0x80, 111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        floorPacket = packet
    }

    static func key(_ number: Int) throws -> MasterKey {
        try MasterKey(
            suite: .aeadAES128GCM,
            keyAndSalt: (0..<28).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0 &* 7 &+ number >> 8) })
    }

    /// - Returns: nanoseconds a packet of the stage and of its floor: rounds in turn.
    public mutating func run(rounds: Int) -> (stage: CostSeries, floor: CostSeries) {
        var (stage, floor) = (CostSeries(), CostSeries())
        for round in 0..<(rounds + 2) {
            number &+= 1
            let own = ThreadClock.measure { sealAll() }
            let bare = ThreadClock.measure { sealAllBare() }
            // The first rounds only warm the caches.
            guard round >= 2 else { continue }
            stage.add(own / Double(protectors.count))
            floor.add(bare / Double(floors.count))
        }
        return (stage, floor)
    }

    private mutating func sealAll() {
        (packet[2], packet[3]) = (UInt8(number >> 8), UInt8(number & 0xFF))
        for i in protectors.indices { Self.seal(&protectors[i], &packet, length) }
    }

    private mutating func sealAllBare() {
        Self.seal(floors, &floorPacket, length, UInt32(number))
    }

    private static func seal(_ protector: inout SRTPProtector, _ packet: inout [UInt8], _ length: Int) {
        var span = packet.mutableSpan
        guard case .passed = protector.process(&span, length: length) else {
            preconditionFailure("a packet was not sealed")
        }
    }

    private static func seal(
        _ floors: borrowing RigidArray<BareGCM>, _ packet: inout [UInt8], _ length: Int, _ number: UInt32
    ) {
        var span = packet.mutableSpan
        for i in floors.indices {
            precondition(floors[i].seal(&span, clear: headerBytes, length: length, number: number))
        }
    }
}
