public import PacketCapture
import RTPWire

/// Finds RTP streams among datagrams that may be anything, by what RTP packets have in common: an SSRC with sequence
/// numbers that go on.
public struct StreamFinder {
    /// Streams and candidates that are remembered; beyond that, those of fewest packets are forgotten.
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

    /// What is known of a packet before it is counted.
    public enum Standing: Sendable, Hashable {
        /// There is no key for it: it is taken as it is.
        case open
        /// It was encrypted, and its key opened it.
        case authentic
        case unauthentic
        /// Its key has opened the same packet before.
        case replayed
    }

    /// Counts an RTP packet.
    /// - Parameter bytes: opened, if it was encrypted and could be.
    public mutating func add(
        _ key: StreamKey, _ datagram: CaptureReader.Datagram, _ bytes: Span<UInt8>, wireBytes: Int, _ standing: Standing
    ) {
        guard let header = try? RTPHeader(parsing: bytes) else { return }
        let record = records[key] ?? make(key)
        record.add(header, bytes, datagram, wireBytes: wireBytes, standing)
    }

    /// Reads names from an RTCP datagram.
    /// - Parameter isBelieved: whether the datagram may name an SSRC.
    public mutating func addControl(_ bytes: Span<UInt8>, _ isBelieved: (UInt32) -> Bool = { _ in true }) {
        var cursor = RTCPPacket.Cursor()
        while let packet = cursor.next(in: bytes) {
            guard let (ssrc, range) = packet.canonicalName(in: bytes), isBelieved(ssrc) else { continue }
            if names[ssrc] == nil, names.count >= Self.maximumStreams { forgetNames() }
            names[ssrc] = Self.name(range.map { bytes[$0] })
        }
    }

    /// What can be shown, on a terminal too: control characters are left out; nil if nothing is left.
    private static func name(_ bytes: [UInt8]) -> String? {
        var text = String.UnicodeScalarView()
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: break
            default: text.append(scalar)
            }
        }
        return text.isEmpty ? nil : String(text)
    }

    /// Keeps the names of streams that are known; if all are, the rest goes without.
    private mutating func forgetNames() {
        let known = Set(records.values.filter { $0.packets >= Self.minimumPackets }.map(\.key.ssrc))
        names = names.filter { known.contains($0.key) }
    }

    /// The streams, in the order of their first packets.
    public var streams: [StreamSummary] {
        records.values.filter { $0.packets >= Self.minimumPackets && $0.isSteady }
            .sorted { $0.order < $1.order }.map { $0.summary(name: names[$0.key.ssrc]) }
    }

    private mutating func make(_ key: StreamKey) -> StreamRecord {
        if records.count >= Self.maximumStreams { forget() }
        let record = StreamRecord(key, order: order)
        order += 1
        records[key] = record
        return record
    }

    /// Drops candidates of one packet; if all have more, those of two; else the quarter with the fewest.
    private mutating func forget() {
        let before = records.count
        for enough in 2...Self.minimumPackets where records.count == before {
            records = records.filter { $0.value.packets >= enough }
        }
        if records.count == before {
            let byCount = records.values.sorted { ($0.packets, $0.order) < ($1.packets, $1.order) }
            for record in byCount.prefix(max(before / 4, 1)) { records[record.key] = nil }
        }
        forgotten += before - records.count
    }
}
