public import FileAccess
import MediaCore
public import PacketCapture

/// What a capture holds, found by reading it once.
public struct CaptureScan: Sendable {
    public var streams: [StreamSummary] = []
    public var counters = CaptureReader.Counters()
    public var format = CaptureReader.Format.pcap
    /// Of the first and the last datagram, in nanoseconds since 1970; nil if there is none.
    public var firstTime: Int64?
    public var lastTime: Int64?
    public var rtpPackets = 0
    public var rtcpPackets = 0
    /// Candidates for streams that were forgotten because there were too many.
    public var forgotten = 0
    public var warnings: [FileWarning] = []

    public init(path: String, keys: KeyRing = KeyRing()) throws(FileError) {
        try self.init(CaptureReader(path: path), keys)
    }

    package init(_ capture: consuming CaptureReader, _ keys: KeyRing) throws(FileError) {
        var reader = capture
        var finder = StreamFinder()
        var opener = PacketOpener(keys)
        while let datagram = try reader.next() {
            firstTime = firstTime ?? datagram.time
            lastTime = datagram.time
            switch StreamFinder.kind(datagram, reader.payload) {
            case .rtp(let key):
                rtpPackets += 1
                Self.add(key, datagram, reader.payload, &finder, &opener)
            case .rtcp:
                rtcpPackets += 1
                Self.addControl(reader.payload, &finder, &opener)
            case .other: break
            }
        }
        streams = finder.streams
        forgotten = finder.forgotten
        counters = reader.counters
        format = reader.format
        warnings = reader.takeWarnings()
    }

    /// Who has a key says nothing in the clear: else anyone could give them another name.
    private static func addControl(_ bytes: Span<UInt8>, _ finder: inout StreamFinder, _ opener: inout PacketOpener) {
        switch opener.openControl(bytes) {
        case .noKey: finder.addControl(bytes) { !opener.hasKey($0) }
        case .opened(let length): finder.addControl(opener.opened(length).span) { _ in true }
        case .refused: break
        }
    }

    private static func add(
        _ key: StreamKey, _ datagram: CaptureReader.Datagram, _ bytes: Span<UInt8>, _ finder: inout StreamFinder,
        _ opener: inout PacketOpener
    ) {
        switch opener.open(key, bytes) {
        case .noKey:
            finder.add(key, datagram, bytes, wireBytes: bytes.count, .open)
        case .opened(let length):
            finder.add(key, datagram, opener.opened(length).span, wireBytes: bytes.count, .authentic)
        case .refused(.replayed), .refused(.tooOld):
            finder.add(key, datagram, bytes, wireBytes: bytes.count, .replayed)
        case .refused:
            finder.add(key, datagram, bytes, wireBytes: bytes.count, .unauthentic)
        }
    }
}
