public import PacketCapture
import RTPWire

/// Finds RTP streams among datagrams that may be anything, by what RTP packets have in common: an SSRC with sequence
/// numbers that go on.
public struct StreamFinder {
    /// Streams and candidates that are remembered; beyond that, the candidates of fewest packets are forgotten.
    public static let maximumStreams = 4096
    /// A stream of fewer packets is taken for chance.
    public static let minimumPackets = 3

    /// Candidates that were forgotten because there were too many.
    public private(set) var forgotten = 0
    private var records: [StreamKey: StreamRecord] = [:]
    private var names: [UInt32: String] = [:]
    private var order = 0

    public init() {}

    /// What the finder made of a datagram.
    public enum Kind: Sendable, Hashable {
        case rtp(StreamKey)
        case rtcp
        case other
    }

    /// Looks at a datagram's header, before it may be opened.
    public static func kind(_ datagram: CaptureReader.Datagram, _ bytes: Span<UInt8>) -> Kind {
        if RTCPPacket.isPlausible(bytes) { return .rtcp }
        guard RTPHeader.isPlausible(bytes) else { return .other }
        return .rtp(
            StreamKey(ssrc: bytes.uint32(at: 8), source: datagram.source, destination: datagram.destination))
    }

    /// Counts an RTP packet.
    /// - Parameters:
    ///   - bytes: opened, if it was encrypted and could be.
    ///   - isOpened: nil if there is no key for it; else whether it could be opened.
    public mutating func add(
        _ key: StreamKey, _ datagram: CaptureReader.Datagram, _ bytes: Span<UInt8>, wireBytes: Int, isOpened: Bool?
    ) {
        guard let header = try? RTPHeader(parsing: bytes) else { return }
        let record = records[key] ?? make(key)
        record.add(header, bytes, datagram, wireBytes: wireBytes, isOpened: isOpened)
    }

    /// Reads names from an RTCP datagram.
    public mutating func addControl(_ bytes: Span<UInt8>) {
        var cursor = RTCPPacket.Cursor()
        while let packet = cursor.next(in: bytes) {
            guard let (ssrc, range) = packet.canonicalName(in: bytes), names.count < Self.maximumStreams else {
                continue
            }
            let text = String(decoding: range.map { bytes[$0] }, as: UTF8.self)
            names[ssrc] = text.isEmpty ? nil : text
        }
    }

    /// The streams, in the order of their first packets.
    public var streams: [StreamSummary] {
        records.values.filter { $0.reception.received >= Self.minimumPackets && $0.isSteady }
            .sorted { $0.order < $1.order }.map { $0.summary(name: names[$0.key.ssrc]) }
    }

    private mutating func make(_ key: StreamKey) -> StreamRecord {
        if records.count >= Self.maximumStreams { forget() }
        let record = StreamRecord(key, order: order)
        order += 1
        records[key] = record
        return record
    }

    /// Drops what has no more packets than chance would give; if all have more, the quarter with the fewest.
    private mutating func forget() {
        let before = records.count
        records = records.filter { $0.value.reception.received >= Self.minimumPackets }
        if records.count == before {
            let byCount = records.values.sorted {
                ($0.reception.received, $0.order) < ($1.reception.received, $1.order)
            }
            for record in byCount.prefix(max(before / 4, 1)) { records[record.key] = nil }
        }
        forgotten += before - records.count
    }
}

/// What is known of one candidate.
final class StreamRecord {
    /// Payload types that are told apart.
    private static let maximumPayloadTypes = 8

    private struct TypeRecord {
        var packets = 0
        /// Pairs of consecutive packets, and those whose timestamps are as far apart as the first is long.
        var pairs = 0
        var opusPairs = 0
        var redundantPairs = 0
        var redundantPrimary: UInt8?
    }

    let key: StreamKey
    let order: Int
    private(set) var reception = ReceptionStatistics()
    private var types: [UInt8: TypeRecord] = [:]
    private var firstTime: Int64?
    private var lastTime: Int64 = 0
    private var bytes = 0
    private var inOrder = 0
    private var clockRate = 48_000
    private var opened = 0
    private var unopened = 0
    private var last: (header: RTPHeader, opusSamples: Int?, redundantSamples: Int?)?

    init(_ key: StreamKey, order: Int) {
        self.key = key
        self.order = order
    }

    /// Whether sequence numbers went on more often than not.
    var isSteady: Bool { inOrder * 2 > reception.received }

    func add(
        _ header: RTPHeader, _ packet: Span<UInt8>, _ datagram: CaptureReader.Datagram, wireBytes: Int, isOpened: Bool?
    ) {
        firstTime = firstTime ?? datagram.time
        lastTime = datagram.time
        bytes += wireBytes
        let rate = Self.staticTypes[header.payloadType]?.rate ?? clockRate
        clockRate = rate
        let arrival = Double(datagram.time - (firstTime ?? 0)) * 1e-9 * Double(rate)
        let outcome = reception.add(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, arrival: arrival)
        if outcome == .inOrder || outcome == .reordered { inOrder += 1 }
        if let isOpened { if isOpened { opened += 1 } else { unopened += 1 } }
        guard isOpened != false, !datagram.isCut else { return }
        judge(header, packet.extracting(header.payload))
    }

    /// Compares the timestamps of two packets in a row with what the first would hold, were it Opus.
    private func judge(_ header: RTPHeader, _ payload: Span<UInt8>) {
        guard types[header.payloadType] != nil || types.count < Self.maximumPayloadTypes else { return }
        var record = types[header.payloadType] ?? TypeRecord()
        record.packets += 1
        if let last, last.header.payloadType == header.payloadType,
            last.header.sequenceNumber &+ 1 == header.sequenceNumber
        {
            let step = last.header.timestamp.distance(toTimestamp: header.timestamp)
            record.pairs += 1
            if step == last.opusSamples { record.opusPairs += 1 }
            if step == last.redundantSamples { record.redundantPairs += 1 }
        }
        let redundant = Self.primary(payload)
        if let redundant { record.redundantPrimary = redundant.payloadType }
        types[header.payloadType] = record
        last = (header, OpusLayout(payload)?.samples, redundant?.samples)
    }

    /// What the primary block holds, if the payload can be read as RFC 2198 around Opus.
    private static func primary(_ payload: Span<UInt8>) -> (payloadType: UInt8, samples: Int)? {
        guard var cursor = REDPayload.Cursor(payload) else { return nil }
        while let block = cursor.next(in: payload) {
            guard block.isPrimary else { continue }
            return OpusLayout(payload.extracting(block.data)).map { (block.payloadType, $0.samples) }
        }
        return nil
    }

    func summary(name: String?) -> StreamSummary {
        let byCount = types.sorted { ($1.value.packets, $0.key) < ($0.value.packets, $1.key) }
        // Pauses make timestamps jump, so half of the pairs are enough; chance gives one in a hundred.
        let opus = byCount.first { $0.value.pairs > 0 && $0.value.opusPairs * 2 >= $0.value.pairs }
        let redundant = byCount.first {
            $0.value.pairs > 0 && $0.value.redundantPairs * 2 >= $0.value.pairs && $0.key != opus?.key
        }
        let primary = redundant?.value.redundantPrimary
        return StreamSummary(
            key: key, content: content(isOpus: opus != nil || redundant != nil, byCount.first?.key),
            payloadTypes: byCount.map { .init(payloadType: $0.key, packets: $0.value.packets) },
            opusPayloadType: opus?.key ?? primary, redundancyPayloadType: redundant?.key, firstTime: firstTime ?? 0,
            lastTime: lastTime, reception: reception, clockRate: clockRate, bytes: bytes,
            isEncrypted: opened + unopened > 0, unauthenticated: unopened, canonicalName: name)
    }

    private func content(isOpus: Bool, _ payloadType: UInt8?) -> StreamContent {
        if unopened > opened { return .undecipherable }
        if let payloadType, let known = Self.staticTypes[payloadType] { return .other(codec: known.codec) }
        return isOpus ? .opus : .unknown
    }

    /// Static audio payload types (RFC 3551 table 4).
    private static let staticTypes: [UInt8: (codec: String, rate: Int)] = [
        0: ("PCMU", 8000), 3: ("GSM", 8000), 4: ("G723", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000),
        10: ("L16", 44_100), 11: ("L16", 44_100), 13: ("CN", 8000), 18: ("G729", 8000),
    ]
}
