import COgg
public import FileAccess

/// Writes Ogg Opus (RFC 7845): pages of at most a second, exact length by the last granule position, no dates, so that
/// equal packets give equal files.
@safe public struct OggOpusWriter: ~Copyable {
    /// Samples at 48 kHz that one page holds at most: 1 s.
    private static let pageSamples = 48_000
    /// Of one packet: 48 frames of 1275 bytes with their lengths (RFC 6716 §3.2) are fewer.
    private static let maximumPacketBytes = 1 << 16

    private var output: OutputFile
    private let stream: UnsafeMutablePointer<ogg_stream_state>
    private let preSkip: Int
    /// The packet that was written last: only `finish` knows whether it is the stream's last.
    private let held: UnsafeMutableBufferPointer<UInt8>
    private var heldCount = 0
    private var heldSamples = 0
    private var granule: Int64 = 0
    private var onPage = 0
    private var packetNumber: Int64 = 0
    /// A page on its way out; the longest that Ogg has.
    private var pageBytes: [UInt8] = []
    private static let maximumPageBytes = 65_307

    /// - Parameters:
    ///   - preSkip: samples at 48 kHz before the first that is to be heard, at most 65,535.
    ///   - inputSampleRate: of the sound before encoding, in Hz.
    ///   - serial: tells the stream from others in the file.
    ///   - comments: `NAME=value`.
    public init(
        _ output: consuming OutputFile, channels: Int, preSkip: Int, inputSampleRate: Int, serial: UInt32,
        comments: [String]
    ) throws(FileError) {
        self.output = output
        self.preSkip = preSkip
        pageBytes.reserveCapacity(Self.maximumPageBytes)
        unsafe stream = .allocate(capacity: 1)
        unsafe ogg_stream_init(stream, Int32(bitPattern: serial))
        unsafe held = .allocate(capacity: Self.maximumPacketBytes)
        unsafe held.initialize(repeating: 0)
        let head = OpusHead(channels: channels, preSkip: preSkip, inputSampleRate: inputSampleRate, outputGain: 0)
        for header in [head.packet, Self.tags(comments)] {
            hold(header.span)
            try put(granule: 0, isLast: false, flush: true)
        }
    }

    deinit {
        unsafe held.deallocate()
        unsafe ogg_stream_clear(stream)
        unsafe stream.deallocate()
    }

    /// Takes the next packet.
    /// - Parameter samples: how long it lasts at 48 kHz.
    public mutating func write(_ payload: Span<UInt8>, samples: Int) throws(FileError) {
        try flushHeld(isLast: false, end: nil)
        hold(payload)
        heldSamples = samples
    }

    /// Ends the stream so that `totalSamples` at 48 kHz are heard, and puts the file into place.
    /// - Returns: its size in bytes.
    public mutating func finish(totalSamples: Int) throws(FileError) -> Int64 {
        try flushHeld(isLast: true, end: Int64(totalSamples + preSkip))
        try output.commit()
        return output.bytes
    }

    private mutating func hold(_ bytes: Span<UInt8>) {
        precondition(bytes.count <= Self.maximumPacketBytes, "an Opus packet of up to 120 ms is shorter")
        for i in bytes.indices { unsafe held[i] = bytes[i] }
        heldCount = bytes.count
    }

    private mutating func flushHeld(isLast: Bool, end: Int64?) throws(FileError) {
        guard heldCount > 0 else { return }
        granule += Int64(heldSamples)
        onPage += heldSamples
        let isFull = onPage >= Self.pageSamples
        if isFull { onPage = 0 }
        let position = end.map { min($0, granule) } ?? granule
        try put(granule: position, isLast: isLast, flush: isFull || isLast)
    }

    /// Gives what is held to libogg and writes the pages that are full.
    private mutating func put(granule: Int64, isLast: Bool, flush: Bool) throws(FileError) {
        var packet = unsafe ogg_packet(
            packet: held.baseAddress, bytes: heldCount, b_o_s: packetNumber == 0 ? 1 : 0, e_o_s: isLast ? 1 : 0,
            granulepos: granule, packetno: packetNumber)
        unsafe _ = ogg_stream_packetin(stream, &packet)
        heldCount = 0
        packetNumber += 1
        var page = unsafe ogg_page()
        while unsafe (flush ? ogg_stream_flush(stream, &page) : ogg_stream_pageout(stream, &page)) != 0 {
            // In one piece: half the system calls, and whoever reads a pipe gets whole pages.
            let (header, body) = unsafe (Int(page.header_len), Int(page.body_len))
            pageBytes.removeAll(keepingCapacity: true)
            unsafe pageBytes.append(contentsOf: UnsafeRawBufferPointer(start: page.header, count: header))
            unsafe pageBytes.append(contentsOf: UnsafeRawBufferPointer(start: page.body, count: body))
            try output.write(pageBytes)
        }
    }

    /// RFC 7845 §5.2
    private static func tags(_ comments: [String]) -> [UInt8] {
        func length(_ count: Int) -> [UInt8] { (0..<4).map { UInt8(count >> (8 * $0) & 255) } }
        let vendor = Array("parley".utf8)
        var bytes = Array("OpusTags".utf8) + length(vendor.count) + vendor + length(comments.count)
        for comment in comments { bytes += length(comment.utf8.count) + Array(comment.utf8) }
        return bytes
    }
}

extension OggOpusWriter: @unchecked Sendable {}
