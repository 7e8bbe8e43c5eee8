public import FileAccess
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

    private static func addControl(_ bytes: Span<UInt8>, _ finder: inout StreamFinder, _ opener: inout PacketOpener) {
        guard let length = opener.openControl(bytes) else { return finder.addControl(bytes) }
        if length > 0 { finder.addControl(opener.opened(length).span) }
    }

    private static func add(
        _ key: StreamKey, _ datagram: CaptureReader.Datagram, _ bytes: Span<UInt8>, _ finder: inout StreamFinder,
        _ opener: inout PacketOpener
    ) {
        guard let length = opener.open(key, bytes) else {
            return finder.add(key, datagram, bytes, wireBytes: bytes.count, isOpened: nil)
        }
        if length == 0 {
            finder.add(key, datagram, bytes, wireBytes: bytes.count, isOpened: false)
        } else {
            finder.add(key, datagram, opener.opened(length).span, wireBytes: bytes.count, isOpened: true)
        }
    }
}
