public import MediaCore
import RTPWire

/// The stage `rtp.packetize`: Opus packets become an RTP stream of our own (RFC 7587; a mixer's: RFC 3550 §7.1).
///
/// Timestamps go on through silence; the first packet after one bears the marker (RFC 3551 §4.1). With redundancy, each
/// packet carries copies of those before it (RFC 2198).
public struct RTPPacketizer: Packetizer, ~Copyable {
    public struct Configuration: Sendable, Hashable {
        public var payloadType: UInt8 = 111
        /// Whether those who are heard are listed as contributing sources.
        public var listsContributors = true
        /// Earlier packets that each packet carries again, 0...2.
        public var redundancy = 0
        public var redundantPayloadType: UInt8 = 63
        /// The identifier of the audio level's header extension, 1...14; nil for none.
        public var levelIdentifier: Int?

        public init() {}
    }

    /// Copies that a packet can carry.
    public static let maximumRedundancy = 2

    private struct Copy {
        var timestamp: UInt32 = 0
        var length = 0
    }

    private let configuration: Configuration
    private let identity: StreamIdentity
    private var sequenceNumber: UInt16
    private var timestamp: UInt32
    private var frameTimestamp: UInt32
    private var isAfterSilence = true
    private var packetCount: UInt32 = 0
    private var octetCount: UInt32 = 0
    private let canonicalName: [UInt8]
    /// The last packets, newest first, each in its part of `copyBytes`.
    private var copies = InlineArray<2, Copy>(repeating: Copy())
    private var copyBytes: [UInt8]

    public init(_ configuration: Configuration = Configuration(), identity: StreamIdentity) {
        precondition((0...Self.maximumRedundancy).contains(configuration.redundancy))
        self.configuration = configuration
        self.identity = identity
        sequenceNumber = identity.firstSequenceNumber
        timestamp = identity.firstTimestamp
        canonicalName = Array(identity.canonicalName.utf8.prefix(255))
        frameTimestamp = timestamp
        copyBytes = Array(repeating: 0, count: configuration.redundancy * (REDPayload.maximumBlockBytes + 1))
    }

    public func maximumPacketBytes(payload: Int) -> Int {
        RTPHeader.minimumBytes + 4 * RTPHeader.maximumContributingSources + 8 + payload
            + configuration.redundancy * (4 + REDPayload.maximumBlockBytes) + 1
    }

    public mutating func packetize(
        _ payload: Span<UInt8>, _ frame: PacketizedFrame, contributors: Span<UInt32>,
        into bytes: inout MutableSpan<UInt8>
    ) -> Int {
        frameTimestamp = timestamp
        defer { timestamp &+= UInt32(frame.samples) }
        guard !payload.isEmpty else {
            isAfterSilence = true
            return 0
        }
        let copied = configuration.redundancy > 0 ? usableCopies : 0
        var writer = RTPWriter(
            payloadType: configuration.redundancy > 0 ? configuration.redundantPayloadType : configuration.payloadType,
            sequenceNumber: sequenceNumber, timestamp: timestamp, ssrc: identity.ssrc)
        writer.marker = isAfterSilence
        if let identifier = configuration.levelIdentifier {
            writer.audioLevelIdentifier = identifier
            writer.audioLevel = AudioLevel(level: frame.level ?? -127, isVoice: frame.isVoice)
        }
        let listed = configuration.listsContributors ? contributors : contributors.extracting(first: 0)
        let header = writer.write(contributingSources: listed, into: &bytes)
        var offset = header
        if configuration.redundancy > 0 { offset = writeCopies(copied, into: &bytes, at: offset) }
        bytes.copy(payload, at: offset)
        offset += payload.count
        if configuration.redundancy > 0 { remember(payload) }
        sequenceNumber &+= 1
        isAfterSilence = false
        packetCount &+= 1
        octetCount &+= UInt32(truncatingIfNeeded: offset - header)
        return offset
    }

    public mutating func report(wallclock: Int64, into bytes: inout MutableSpan<UInt8>) -> Int {
        write(wallclock, &bytes).count
    }

    public mutating func goodbye(wallclock: Int64, into bytes: inout MutableSpan<UInt8>) -> Int {
        var writer = write(wallclock, &bytes)
        writer.goodbye(ssrc: identity.ssrc, into: &bytes)
        return writer.count
    }

    /// Sender report and canonical name.
    private func write(_ wallclock: Int64, _ bytes: inout MutableSpan<UInt8>) -> RTCPWriter {
        var writer = RTCPWriter()
        let info = SenderInfo(
            ntpTime: Self.ntpTime(wallclock), rtpTimestamp: frameTimestamp, packetCount: packetCount,
            octetCount: octetCount)
        writer.senderReport(ssrc: identity.ssrc, info, into: &bytes)
        writer.sourceDescription(
            ssrc: identity.ssrc, canonicalName: canonicalName, into: &bytes)
        return writer
    }

    /// Sequence numbers and timestamps go on; what is carried again is forgotten.
    public mutating func reset() {
        for i in 0..<Self.maximumRedundancy { copies[i].length = 0 }
        isAfterSilence = true
    }

    // MARK: - Redundancy

    /// Copies that are recent enough for the 14 bits of a timestamp offset, and of consecutive packets.
    private var usableCopies: Int {
        var count = 0
        while count < configuration.redundancy, copies[count].length > 0,
            copies[count].timestamp.distance(toTimestamp: timestamp) <= REDPayload.maximumTimestampOffset
        { count += 1 }
        return count
    }

    /// Headers first, oldest first, the primary's last; then the copies in the same order.
    private func writeCopies(_ count: Int, into bytes: inout MutableSpan<UInt8>, at start: Int) -> Int {
        var header = start
        var data = start + REDPayload.headerBytes(redundantBlocks: count)
        for i in (0..<count).reversed() {
            let copy = copies[i]
            REDPayload.writeRedundantHeader(
                payloadType: configuration.payloadType,
                timestampOffset: copy.timestamp.distance(toTimestamp: timestamp), length: copy.length, into: &bytes,
                at: header)
            header += 4
            let place = i * (REDPayload.maximumBlockBytes + 1)
            for j in 0..<copy.length { bytes[data + j] = copyBytes[place + j] }
            data += copy.length
        }
        bytes[header] = configuration.payloadType
        return data
    }

    private mutating func remember(_ payload: Span<UInt8>) {
        let size = REDPayload.maximumBlockBytes + 1
        if configuration.redundancy > 1 {
            copies[1] = copies[0]
            for j in 0..<copies[0].length { copyBytes[size + j] = copyBytes[j] }
        }
        // What is too long for a block's 10 bits is not carried again.
        copies[0] = Copy(
            timestamp: timestamp, length: payload.count <= REDPayload.maximumBlockBytes ? payload.count : 0)
        for j in 0..<copies[0].length { copyBytes[j] = payload[j] }
    }

    /// Seconds since 1900 in 32.32 bits.
    private static func ntpTime(_ nanoseconds: Int64) -> UInt64 {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let fraction = (UInt64(rest) << 32) / 1_000_000_000
        return UInt64(truncatingIfNeeded: seconds + 2_208_988_800) << 32 | fraction
    }
}
