import PacketCapture
import RTPWire

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

    /// What is counted of packets: of all, or of the authentic ones.
    private struct Tally {
        var reception = ReceptionStatistics()
        var stray = StrayFilter()
        var firstTime: Int64?
        var lastTime: Int64 = 0
        var bytes = 0
        /// Packets whose sequence numbers went on.
        var steady = 0
        var count = 0
        var duplicates = 0
        /// The last sequence numbers that came, each at its place modulo their number.
        private var recent = [UInt32](repeating: .max, count: 64)

        /// - Returns: what it is to the stream; `doubtful` if it may be a stray.
        mutating func add(
            _ header: RTPHeader, at time: Int64, wireBytes: Int, rate: Int
        ) -> ReceptionStatistics.Outcome {
            count += 1
            let first = firstTime ?? time
            let packet = StrayFilter.Packet(header, arrival: Double(time - first) * 1e-9 * Double(rate))
            var outcome = ReceptionStatistics.Outcome.doubtful
            for packet in stray.add(packet, rate: rate) {
                outcome = reception.add(
                    sequenceNumber: packet.sequenceNumber, timestamp: packet.timestamp, arrival: packet.arrival)
                if outcome == .inOrder || outcome == .reordered { steady += 1 }
            }
            guard outcome != .doubtful else { return outcome }
            let (number, place) = (UInt32(header.sequenceNumber), Int(header.sequenceNumber) % recent.count)
            if recent[place] == number { duplicates += 1 }
            recent[place] = number
            firstTime = first
            lastTime = time
            bytes += wireBytes
            return outcome
        }
    }

    let key: StreamKey
    let order: Int
    private var types: [UInt8: TypeRecord] = [:]
    private var clockRate = 48_000
    private var all = Tally()
    private var authentic = Tally()
    private var unauthentic = 0
    private var replayed = 0
    private var last: (header: RTPHeader, opusSamples: Int?, redundantSamples: Int?)?

    init(_ key: StreamKey, order: Int) {
        self.key = key
        self.order = order
    }

    /// One authentic packet tells that the key is right; from then on nothing else counts.
    private var tally: Tally { authentic.count > 0 ? authentic : all }

    /// Packets of the stream; of those that are not authentic, only while none is.
    var packets: Int { tally.reception.received }
    /// Whether sequence numbers went on more often than not.
    var isSteady: Bool { tally.steady * 2 > tally.reception.received }

    func add(
        _ header: RTPHeader, _ packet: Span<UInt8>, _ datagram: CaptureReader.Datagram, wireBytes: Int,
        _ standing: StreamFinder.Standing
    ) {
        clockRate = Self.staticTypes[header.payloadType]?.rate ?? clockRate
        let outcome: ReceptionStatistics.Outcome
        switch standing {
        case .open: outcome = all.add(header, at: datagram.time, wireBytes: wireBytes, rate: clockRate)
        case .authentic: outcome = authentic.add(header, at: datagram.time, wireBytes: wireBytes, rate: clockRate)
        case .unauthentic:
            unauthentic += 1
            _ = all.add(header, at: datagram.time, wireBytes: wireBytes, rate: clockRate)
            return
        case .replayed:
            replayed += 1
            return
        }
        guard outcome != .doubtful, !datagram.isCut else { return }
        judge(header, packet.extracting(header.payload), goesOn: outcome != .reordered)
    }

    /// Compares the timestamps of two packets in a row with what the first would hold, were it Opus.
    private func judge(_ header: RTPHeader, _ payload: Span<UInt8>, goesOn: Bool) {
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
        guard goesOn else { return }
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
            opusPayloadType: opus?.key ?? primary, redundancyPayloadType: redundant?.key,
            firstTime: tally.firstTime ?? 0,
            lastTime: tally.lastTime, reception: tally.reception, clockRate: clockRate, bytes: tally.bytes,
            isEncrypted: authentic.count + unauthentic > 0, unauthenticated: unauthentic,
            duplicates: tally.duplicates + replayed, lost: tally.reception.lost + tally.duplicates,
            canonicalName: name)
    }

    private func content(isOpus: Bool, _ payloadType: UInt8?) -> StreamContent {
        if unauthentic > 0, authentic.count == 0 { return .undecipherable }
        if let payloadType, let known = Self.staticTypes[payloadType] { return .other(codec: known.codec) }
        return isOpus ? .opus : .unknown
    }

    /// Static audio payload types (RFC 3551 table 4).
    private static let staticTypes: [UInt8: (codec: String, rate: Int)] = [
        0: ("PCMU", 8000), 3: ("GSM", 8000), 4: ("G723", 8000), 8: ("PCMA", 8000), 9: ("G722", 8000),
        10: ("L16", 44_100), 11: ("L16", 44_100), 13: ("CN", 8000), 18: ("G729", 8000),
    ]
}
