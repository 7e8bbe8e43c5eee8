import BasicContainers
import JitterBuffer
public import MediaCore
public import PipelineSpec
import RTPWire

/// One sender's way through the participant scope when it comes in datagrams: they are pushed in when they arrive, a frame
/// is pulled out once per tick. The jitter buffer is the only queue between the two.
///
/// Times are nanoseconds on any clock that only grows: the room's. The lane reads no clock of its own.
public struct PacketLane: ~Copyable {
    /// The port at which datagrams enter the chain.
    public enum Entry: Sendable, Hashable {
        case rtp
        /// Encrypted, with the key.
        case srtp(KeyMaterial)
    }

    /// Which of the sender's payload types are what.
    public struct PayloadTypes: Sendable, Hashable {
        /// nil: every one that is not `redundancy`.
        public var opus: UInt8?
        /// RFC 2198; nil: none.
        public var redundancy: UInt8?
        /// The identifier of the audio level's header extension (RFC 6464), 1...14; nil: none.
        public var level: Int?

        public init(opus: UInt8? = nil, redundancy: UInt8? = nil, level: Int? = nil) {
            self.opus = opus
            self.redundancy = redundancy
            self.level = level
        }
    }

    /// The longest datagram that is taken: what fits into an Ethernet frame.
    public static let maximumDatagramBytes = 1500
    /// From here on what is filled in fades, and is gone at the end of it.
    public static let concealmentFade = Duration.milliseconds(60) ... .milliseconds(120)

    public let format: AudioFormat
    public private(set) var statistics = LaneStatistics()
    public private(set) var packets = PacketStatistics()
    public var payloadTypes = PayloadTypes()

    private var filters: RigidArray<any PacketFilter & ~Copyable>
    /// One; an array lends its element for reading, which an existential on its own does not.
    private var buffers: RigidArray<any PlayoutBuffer & ~Copyable>
    private var player: PacketPlayer
    private var frameFilters: RigidArray<any FrameFilter & ~Copyable>
    private var scratch: RigidArray<UInt8>

    /// Builds the stages of a plan's participant scope.
    /// - Throws: `LaneError` if the plan has no stages for packets; what a stage throws that cannot be made.
    public init(plan: PipelinePlan, entry: Entry) throws {
        var filters = RigidArray<any PacketFilter & ~Copyable>(capacity: plan.participant.count)
        var frameFilters = RigidArray<any FrameFilter & ~Copyable>(capacity: plan.participant.count)
        var buffers = RigidArray<any PlayoutBuffer & ~Copyable>(capacity: 1)
        for stage in plan.participant {
            switch stage.descriptor.builder {
            case .unprotector(let make):
                if case .srtp(let key) = entry { filters.append(try make(stage.arguments, key)) }
            case .playoutBuffer(let make): buffers.append(try make(stage.arguments, plan.format))
            case .frameFilter(let make): frameFilters.append(try make(stage.arguments, plan.format))
            default: break
            }
        }
        guard !buffers.isEmpty else { throw LaneError.noPlayoutBuffer(pipeline: plan.name) }
        if case .srtp = entry, filters.isEmpty { throw LaneError.noUnprotection(pipeline: plan.name) }
        let player = try PacketPlayer(plan: plan)
        format = plan.format
        scratch = RigidArray(repeating: 0, count: Self.maximumDatagramBytes)
        self.filters = filters
        self.frameFilters = frameFilters
        self.player = player
        self.buffers = buffers
    }

    /// What the jitter buffer has met so far.
    public var playout: PlayoutStatistics { buffers.span[0].statistics }
    /// Whether nothing waits and nothing is heard of the sender.
    public var isIdle: Bool { buffers.span[0].isIdle }
    /// How long a packet without jitter is meant to wait.
    public var targetDelay: Duration { .nanoseconds(buffers.span[0].target * 1_000_000 / 48) }
    /// The drift of the sender's clock against the room's, as a part.
    public var drift: Double { buffers.span[0].drift }

    /// Takes in a datagram of the sender, whatever it is.
    /// - Parameter arrival: never before an earlier one's.
    public mutating func ingest(_ datagram: Span<UInt8>, at arrival: Int64) {
        packets.received += 1
        guard datagram.count <= Self.maximumDatagramBytes else {
            packets.malformed += 1
            return
        }
        let ticks = Self.ticks(arrival)
        guard !filters.isEmpty else {
            Self.take(datagram, ticks, payloadTypes, &packets, &buffers[0])
            return
        }
        Self.openAndTake(datagram, ticks, payloadTypes, &scratch, &filters, &packets, &buffers[0])
    }

    /// Fills one frame and runs the frame filters over it. The frame's old content is lost.
    /// - Parameter now: when its first sample is heard; a frame's duration after the last call, unless the tick has moved.
    public mutating func pull(into frame: inout PCMFrame, at now: Int64) {
        Self.play(into: &frame, Self.ticks(now), &player, &buffers[0], &statistics)
        for i in frameFilters.indices { frameFilters[i].process(&frame) }
    }

    /// The next `pull` comes later than a frame's duration after the last one; from then on they are regular again.
    public mutating func tickMoved() { buffers[0].tickMoved() }

    /// Forgets everything heard and counted so far, as if new: the lane can serve another sender with the same key, or
    /// any sender if it takes RTP.
    public mutating func reset() {
        for i in filters.indices { filters[i].reset() }
        buffers[0].reset()
        player.reset()
        for i in frameFilters.indices { frameFilters[i].reset() }
        statistics = LaneStatistics()
        packets = PacketStatistics()
        payloadTypes = PayloadTypes()
    }

    private static func ticks(_ nanoseconds: Int64) -> Int64 {
        let (milliseconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return milliseconds * 48 + rest * 48 / 1_000_000
    }

    // MARK: - Parts of `self`, taken apart

    /// Copies a datagram and runs the packet filters over it.
    private static func openAndTake(
        _ datagram: Span<UInt8>, _ arrival: Int64, _ types: PayloadTypes, _ scratch: inout RigidArray<UInt8>,
        _ filters: inout RigidArray<any PacketFilter & ~Copyable>, _ packets: inout PacketStatistics,
        _ buffer: inout any PlayoutBuffer & ~Copyable
    ) {
        var bytes = scratch.mutableSpan
        bytes.copy(datagram)
        var length = datagram.count
        for i in filters.indices {
            switch filters[i].process(&bytes, length: length) {
            case .passed(let count): length = count
            case .refused(let refusal):
                packets.count(refusal)
                return
            }
        }
        take(bytes.span.extracting(first: length), arrival, types, &packets, &buffer)
    }

    private static func take(
        _ bytes: Span<UInt8>, _ arrival: Int64, _ types: PayloadTypes, _ packets: inout PacketStatistics,
        _ buffer: inout any PlayoutBuffer & ~Copyable
    ) {
        let header: RTPHeader
        do { header = try RTPHeader(parsing: bytes) } catch {
            packets.malformed += 1
            return
        }
        let level = types.level.flatMap { AudioLevel(identifier: $0, of: header, in: bytes)?.level }
        let payload = bytes.extracting(header.payload)
        if header.payloadType == types.redundancy {
            takeRedundant(payload, header, level, arrival, &packets, &buffer)
        } else if types.opus == nil || types.opus == header.payloadType {
            takePayload(payload, header, level, arrival, &packets, &buffer)
        } else {
            packets.otherPayloads += 1
        }
    }

    private static func takePayload(
        _ payload: Span<UInt8>, _ header: RTPHeader, _ level: Int?, _ arrival: Int64,
        _ packets: inout PacketStatistics, _ buffer: inout any PlayoutBuffer & ~Copyable
    ) {
        guard !payload.isEmpty, let layout = OpusLayout(payload) else {
            packets.malformed += 1
            return
        }
        var packet = MediaPacket(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, ssrc: header.ssrc,
            marker: header.marker, samples: layout.samples)
        packet.audioLevel = level
        packet.isSilent = layout.isSilent
        packet.carriesRedundancy = layout.carriesRedundancy(payload)
        buffer.ingest(packet, payload, arrival: arrival)
    }

    /// The primary block first, so that the stream is known; then the copies, which stand for the packets before it.
    private static func takeRedundant(
        _ payload: Span<UInt8>, _ header: RTPHeader, _ level: Int?, _ arrival: Int64,
        _ packets: inout PacketStatistics, _ buffer: inout any PlayoutBuffer & ~Copyable
    ) {
        guard var cursor = REDPayload.Cursor(payload), let start = REDPayload.Cursor(payload) else {
            packets.malformed += 1
            return
        }
        var blocks = 0
        while let block = cursor.next(in: payload) {
            if block.isPrimary {
                takePayload(payload.extracting(block.data), header, level, arrival, &packets, &buffer)
            } else {
                blocks += 1
            }
        }
        cursor = start
        while let block = cursor.next(in: payload), !block.isPrimary {
            defer { blocks -= 1 }
            let data = payload.extracting(block.data)
            guard let layout = OpusLayout(data) else { continue }
            var packet = MediaPacket(
                sequenceNumber: header.sequenceNumber &- UInt16(blocks),
                timestamp: header.timestamp &- UInt32(block.timestampOffset), ssrc: header.ssrc, marker: false,
                samples: layout.samples)
            packet.isSilent = layout.isSilent
            packet.isCopy = true
            buffer.ingest(packet, data, arrival: arrival)
        }
    }

    private static func play(
        into frame: inout PCMFrame, _ now: Int64, _ player: inout PacketPlayer,
        _ buffer: inout any PlayoutBuffer & ~Copyable, _ statistics: inout LaneStatistics
    ) {
        player.play(into: &frame, at: now, from: &buffer, &statistics)
    }
}

/// Why a lane for packets cannot be built from a plan. The text is one line.
public enum LaneError: Error, Sendable, Hashable, CustomStringConvertible {
    case noPlayoutBuffer(pipeline: String)
    case noUnprotection(pipeline: String)
    case noPacketizer(pipeline: String)
    case noProtection(pipeline: String)

    public var description: String {
        switch self {
        case .noPlayoutBuffer(let pipeline):
            "pipeline '\(pipeline)' takes no packets; begin its scope 'participant' with '- jitter.adaptive'"
        case .noUnprotection(let pipeline):
            "pipeline '\(pipeline)' opens no SRTP; begin its scope 'participant' with '- srtp.unprotect'"
        case .noPacketizer(let pipeline):
            "pipeline '\(pipeline)' makes no packets; end its scope 'listener' with '- rtp.packetize'"
        case .noProtection(let pipeline):
            "pipeline '\(pipeline)' makes no SRTP; end its scope 'listener' with '- srtp.protect'"
        }
    }
}
