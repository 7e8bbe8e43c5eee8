import BasicContainers
public import MediaCore
public import PipelineSpec

/// One listener's own end of the listener's scope: what the class's encoder made becomes their packets, and is sealed with
/// their key. Everything before is shared by all who hear the same mix.
public struct TransmitLane: ~Copyable {
    /// RTCP that one report may take: sender report, canonical name, goodbye.
    public static let maximumReportBytes = 400

    /// One; an array lends its element for reading, which an existential on its own does not.
    private var packetizers: RigidArray<any Packetizer & ~Copyable>
    private var protectors: RigidArray<any PacketFilter & ~Copyable>
    private var bytes: RigidArray<UInt8>
    private var length = 0

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
        self.packetizers = packetizers
        self.protectors = protectors
        bytes = RigidArray(repeating: 0, count: max(longest, Self.maximumReportBytes))
    }

    /// The packet of the last call; empty if there is none.
    public var packet: Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span.extracting(first: length) }
    }

    /// Makes the packet of one frame.
    /// - Parameter contributors: SSRCs of those who are heard in it.
    public mutating func transmit(_ payload: Span<UInt8>, _ frame: PacketizedFrame, contributors: Span<UInt32>) {
        length = Self.packetize(payload, frame, contributors, &packetizers, &protectors, &bytes)
    }

    /// Makes an RTCP report; it is not sealed.
    /// - Parameters:
    ///   - wallclock: in nanoseconds since 1970, at the start of the last frame.
    ///   - isLast: whether it says goodbye.
    public mutating func report(wallclock: Int64, isLast: Bool = false) {
        length = Self.report(wallclock, isLast, &packetizers, &bytes)
    }

    private static func packetize(
        _ payload: Span<UInt8>, _ frame: PacketizedFrame, _ contributors: Span<UInt32>,
        _ packetizers: inout RigidArray<any Packetizer & ~Copyable>,
        _ protectors: inout RigidArray<any PacketFilter & ~Copyable>, _ bytes: inout RigidArray<UInt8>
    ) -> Int {
        var output = bytes.mutableSpan
        var length = packetizers[0].packetize(payload, frame, contributors: contributors, into: &output)
        guard length > 0 else { return 0 }
        for i in protectors.indices {
            guard case .passed(let count) = protectors[i].process(&output, length: length) else { return 0 }
            length = count
        }
        return length
    }

    private static func report(
        _ wallclock: Int64, _ isLast: Bool, _ packetizers: inout RigidArray<any Packetizer & ~Copyable>,
        _ bytes: inout RigidArray<UInt8>
    ) -> Int {
        var output = bytes.mutableSpan
        return isLast
            ? packetizers[0].goodbye(wallclock: wallclock, into: &output)
            : packetizers[0].report(wallclock: wallclock, into: &output)
    }
}
