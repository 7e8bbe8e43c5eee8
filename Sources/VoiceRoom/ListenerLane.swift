import BasicContainers
public import MediaCore
public import PipelineSpec

/// The listener's scope of a plan up to the encoder: one frame in, one Opus packet out, per tick. What makes packets of
/// one listener's own of it is `TransmitLane`.
public struct ListenerLane: Forkable, ~Copyable {
    /// Packets in a row that are independent where listeners come from a stream of their own to a shared one.
    ///
    /// The change is not heard if both streams carry the same sound before it (`MixClass.soundsLike`) and neither packet
    /// leans on what only one of the decoders has heard. So the last packet of the own stream is independent, and on the
    /// shared stream the packet of the same tick, the next, which is the first that the listener gets, and one more,
    /// whose pitch filter would else reach back to where the streams were not yet one.
    public static let changeoverPackets = 3

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
    /// - Parameter isIndependent: whether the packet is to lean on no earlier one, as around a change of streams.
    public mutating func advance(_ mixed: borrowing PCMFrame, isIndependent: Bool = false) {
        guard !filters.isEmpty else {
            length = Self.encode(mixed, isIndependent, with: &encoder, into: &bytes)
            return
        }
        frame.copy(from: mixed)
        for i in filters.indices { filters[i].process(&frame) }
        length = Self.encode(frame, isIndependent, with: &encoder, into: &bytes)
    }

    /// Forgets everything heard so far, as if new.
    public mutating func reset() {
        for i in filters.indices { filters[i].reset() }
        encoder.reset()
        length = 0
    }

    public var stateBytes: Int {
        var bytes = Self.stateBytes(of: encoder)
        for i in filters.indices { bytes += filters[i].stateBytes }
        return bytes
    }

    public func save(into image: inout StateImage) {
        for i in filters.indices { filters[i].save(into: &image) }
        Self.save(encoder, into: &image)
    }

    /// The last packet is not taken over: `payload` is empty until the next `advance`.
    public mutating func restore(from image: inout StateImage) {
        for i in filters.indices { filters[i].restore(from: &image) }
        encoder.restore(from: &image)
        length = 0
    }

    // The compiler opens a noncopyable existential that is borrowed as a parameter, not one that is a borrowed property.

    private static func stateBytes(of encoder: borrowing any PayloadEncoder & ~Copyable) -> Int { encoder.stateBytes }

    private static func save(_ encoder: borrowing any PayloadEncoder & ~Copyable, into image: inout StateImage) {
        encoder.save(into: &image)
    }

    private static func encode(
        _ frame: borrowing PCMFrame, _ isIndependent: Bool, with encoder: inout any PayloadEncoder & ~Copyable,
        into bytes: inout RigidArray<UInt8>
    ) -> Int {
        var output = bytes.mutableSpan
        return isIndependent
            ? encoder.encodeIndependently(frame, into: &output) : encoder.encode(frame, into: &output)
    }
}
