import BasicContainers
public import MediaCore
public import PipelineSpec

/// One listener's own end of the listener's scope: what the class's encoder made becomes their packets, and is sealed with
/// their key. Everything before is shared by all who hear the same mix.
public struct TransmitLane: ~Copyable {
    /// RTCP that one report may take: sender report, canonical name, goodbye; index and tag of SRTCP.
    public static let maximumReportBytes = 400

    private var packetizer: any Packetizer & ~Copyable
    private var protectors: RigidArray<any PacketFilter & ~Copyable>
    /// Bytes that the longest packet or report can have. `transmit` and `report` must be offered as many.
    public let maximumPacketBytes: Int

    /// - Parameters:
    ///   - maximumPayloadBytes: of the encoder.
    ///   - key: nil to leave the packets open.
    /// - Throws: `LaneError` if the plan has no such stages; what a stage throws that cannot be made.
    public init(
        plan: PipelinePlan, identity: StreamIdentity, key: KeyMaterial?, maximumPayloadBytes: Int
    ) throws {
        var packetizers = RigidArray<any Packetizer & ~Copyable>(capacity: plan.listener.count)
        var protectors = RigidArray<any PacketFilter & ~Copyable>(capacity: plan.listener.count)
        var growth = 0
        for stage in plan.listener {
            switch stage.descriptor.builder {
            case .packetizer(let make): packetizers.append(try make(stage.arguments, identity))
            case .protector(let make):
                guard let key else { continue }
                let made = try make(stage.arguments, key)
                growth += made.maximumGrowth
                protectors.append(made)
            default: break
            }
        }
        guard !packetizers.isEmpty else { throw LaneError.noPacketizer(pipeline: plan.name) }
        if key != nil, protectors.isEmpty { throw LaneError.noProtection(pipeline: plan.name) }
        let longest = packetizers.span[0].maximumPacketBytes(payload: maximumPayloadBytes) + growth
        packetizer = packetizers.removeLast()
        self.protectors = protectors
        maximumPacketBytes = max(longest, Self.maximumReportBytes)
    }

    /// Makes the packet of one frame. Packets of many listeners are best laid one behind the other: what lies apart is not
    /// in the caches.
    /// - Parameters:
    ///   - contributors: SSRCs of those who are heard in it.
    ///   - bytes: at least `maximumPacketBytes`; the packet is put at its start.
    /// - Returns: the packet's length; 0 if there is none.
    public mutating func transmit(
        _ payload: Span<UInt8>, _ frame: PacketizedFrame, contributors: Span<UInt32>,
        into bytes: inout MutableSpan<UInt8>
    ) -> Int {
        var length = packetizer.packetize(payload, frame, contributors: contributors, into: &bytes)
        guard length > 0 else { return 0 }
        for i in protectors.indices {
            guard case .passed(let count) = protectors[i].process(&bytes, length: length) else { return 0 }
            length = count
        }
        return length
    }

    /// Makes an RTCP report, sealed where packets are.
    /// - Parameters:
    ///   - wallclock: in nanoseconds since 1970, at the start of the last frame.
    ///   - isLast: whether it says goodbye.
    ///   - bytes: at least `maximumPacketBytes`.
    /// - Returns: its length; 0 if the packets are sealed in a way that has no RTCP.
    public mutating func report(wallclock: Int64, isLast: Bool = false, into bytes: inout MutableSpan<UInt8>) -> Int {
        var length =
            isLast
            ? packetizer.goodbye(wallclock: wallclock, into: &bytes)
            : packetizer.report(wallclock: wallclock, into: &bytes)
        for i in protectors.indices {
            guard case .passed(let count) = protectors[i].processControl(&bytes, length: length) else { return 0 }
            length = count
        }
        return length
    }
}
