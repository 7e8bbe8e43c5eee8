import BasicContainers
public import MediaCore
public import PipelineSpec

/// The listener's scope of a plan up to the encoder: one frame in, one Opus packet out, per tick. What makes packets of
/// one listener's own of it is `TransmitLane`.
public struct ListenerLane: ~Copyable {
    /// Delay of the encoder alone, in samples per channel.
    public let encoderLatency: Int
    /// Bytes that the longest packet can have.
    public let maximumPayloadBytes: Int
    private var filters: RigidArray<any FrameFilter & ~Copyable>
    private var encoder: any PayloadEncoder & ~Copyable
    private var frame: PCMFrame
    private var bytes: RigidArray<UInt8>
    private var length = 0

    public init(plan: PipelinePlan) throws {
        frame = PCMFrame(format: plan.format)
        filters = RigidArray(capacity: plan.listener.count)
        var encoders = RigidArray<any PayloadEncoder & ~Copyable>(capacity: 1)
        for stage in plan.listener {
            switch stage.descriptor.builder {
            case .frameFilter(let make): filters.append(try make(stage.arguments, plan.format))
            case .payloadEncoder(let make): encoders.append(try make(stage.arguments, plan.format))
            default: break
            }
        }
        precondition(encoders.count == 1, "a plan's listener scope has exactly one encoder")
        encoder = encoders.removeLast()
        encoderLatency = encoder.latency
        maximumPayloadBytes = encoder.maximumPayloadBytes
        bytes = RigidArray(repeating: 0, count: maximumPayloadBytes)
    }

    /// The packet of the last `advance`; empty if there was nothing to send.
    public var payload: Span<UInt8> {
        @_lifetime(borrow self) get { bytes.span.extracting(first: length) }
    }

    /// Runs a mixed frame through the filters and the encoder.
    public mutating func advance(_ mixed: borrowing PCMFrame) {
        guard !filters.isEmpty else {
            length = Self.encode(mixed, with: &encoder, into: &bytes)
            return
        }
        frame.copy(from: mixed)
        for i in filters.indices { filters[i].process(&frame) }
        length = Self.encode(frame, with: &encoder, into: &bytes)
    }

    private static func encode(
        _ frame: borrowing PCMFrame, with encoder: inout any PayloadEncoder & ~Copyable,
        into bytes: inout RigidArray<UInt8>
    ) -> Int {
        var output = bytes.mutableSpan
        return encoder.encode(frame, into: &output)
    }
}
