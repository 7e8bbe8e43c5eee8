public import FileAccess
import RTPWire

/// Writes UDP datagrams into a capture: pcap or pcapng with raw IP frames, or rtpdump.
///
/// The file appears whole or not at all. IP and UDP headers have correct checksums.
public struct CaptureWriter: ~Copyable {
    private static let linkTypeRaw: UInt32 = 101
    /// The longest datagram that UDP over IPv4 carries.
    public static let maximumPayloadBytes = 65_507

    /// Written at once.
    private static let chunkBytes = 1 << 16

    private let format: CaptureReader.Format
    private var output: OutputFile
    private var bytes: [UInt8] = []
    private var start: Int64?

    /// The format that a file's name asks for.
    public static func format(forPath path: String) -> CaptureReader.Format? {
        let name = path.lowercased()
        if name.hasSuffix(".pcapng") { return .pcapng }
        if name.hasSuffix(".pcap") || name.hasSuffix(".cap") { return .pcap }
        return name.hasSuffix(".rtpdump") || name.hasSuffix(".rtp") ? .rtpdump : nil
    }

    public init(_ output: consuming OutputFile, format: CaptureReader.Format) throws(FileError) {
        self.output = output
        self.format = format
        bytes.reserveCapacity(Self.chunkBytes + (1 << 17))
        switch format {
        case .pcap: writePCAPHeader()
        case .pcapng: writePCAPNGHeader()
        case .rtpdump: break
        }
    }

    /// - Parameter time: in nanoseconds since 1970, at least 0.
    public mutating func write(
        _ payload: Span<UInt8>, time: Int64, from source: Endpoint, to destination: Endpoint
    ) throws(FileError) {
        precondition(payload.count <= Self.maximumPayloadBytes)
        if start == nil {
            start = time
            if format == .rtpdump { writeRTPDumpHeader(time, source, destination) }
        }
        switch format {
        case .pcap: writePCAPRecord(payload, time, source, destination)
        case .pcapng: writePacketBlock(payload, time, source, destination)
        case .rtpdump: writeRTPDumpPacket(payload, time)
        }
        if bytes.count >= Self.chunkBytes { try flush() }
    }

    /// Writes a text between the datagrams, into a custom block of pcapng; other formats have no place for it.
    public mutating func note(_ text: String) throws(FileError) {
        guard format == .pcapng else { return }
        let utf8 = Array(text.utf8)
        let padding = (4 - utf8.count % 4) % 4
        let total = UInt32(16 + 4 + utf8.count + padding)
        append32(PCAPNGLayout.customBlock)
        append32(total)
        append32(PCAPNGLayout.enterpriseNumber)
        append32(UInt32(utf8.count))
        bytes += utf8
        for _ in 0..<padding { bytes.append(0) }
        append32(total)
        if bytes.count >= Self.chunkBytes { try flush() }
    }

    /// Puts the file into place.
    /// - Returns: its bytes.
    public mutating func finish() throws(FileError) -> Int64 {
        try flush()
        try output.commit()
        return output.bytes
    }

    /// Writes what is held back.
    public mutating func flush() throws(FileError) {
        try output.write(bytes)
        bytes.removeAll(keepingCapacity: true)
    }

    // MARK: - pcap

    private mutating func writePCAPHeader() {
        append32(0xA1B2_3C4D)
        append16(2)
        append16(4)
        append32(0)
        append32(0)
        append32(262_144)
        append32(Self.linkTypeRaw)
    }

    private mutating func writePCAPRecord(
        _ payload: Span<UInt8>, _ time: Int64, _ source: Endpoint, _ destination: Endpoint
    ) {
        let length = UInt32(frameBytes(payload, source, destination))
        append32(UInt32(truncatingIfNeeded: time / 1_000_000_000))
        append32(UInt32(time % 1_000_000_000))
        append32(length)
        append32(length)
        appendFrame(payload, source, destination)
    }

    // MARK: - pcapng

    private mutating func writePCAPNGHeader() {
        append32(PCAPNGLayout.magic)
        append32(28)
        append32(0x1A2B_3C4D)
        append16(1)
        append16(0)
        append32(.max)
        append32(.max)
        append32(28)
        // One interface with nanoseconds (if_tsresol 9).
        append32(1)
        append32(32)
        append16(UInt16(Self.linkTypeRaw))
        append16(0)
        append32(0)
        append16(9)
        append16(1)
        append32(0x0900_0000)
        append32(0)
        append32(32)
    }

    private mutating func writePacketBlock(
        _ payload: Span<UInt8>, _ time: Int64, _ source: Endpoint, _ destination: Endpoint
    ) {
        let length = frameBytes(payload, source, destination)
        let padding = (4 - length % 4) % 4
        let total = UInt32(32 + length + padding)
        append32(6)
        append32(total)
        append32(0)
        append32(UInt32(truncatingIfNeeded: time >> 32))
        append32(UInt32(truncatingIfNeeded: time))
        append32(UInt32(length))
        append32(UInt32(length))
        appendFrame(payload, source, destination)
        for _ in 0..<padding { bytes.append(0) }
        append32(total)
    }

    // MARK: - rtpdump

    private mutating func writeRTPDumpHeader(_ time: Int64, _ source: Endpoint, _ destination: Endpoint) {
        let address = destination.ipv4 == nil ? "0.0.0.0" : destination.address
        bytes += RTPDumpLayout.magic + Array("\(address)/\(destination.port)\n".utf8)
        append32(UInt32(truncatingIfNeeded: time / 1_000_000_000))
        append32(UInt32(time % 1_000_000_000 / 1000))
        append32(source.ipv4 ?? 0)
        append16(source.port)
        append16(0)
    }

    private mutating func writeRTPDumpPacket(_ payload: Span<UInt8>, _ time: Int64) {
        append16(UInt16(payload.count + 8))
        append16(UInt16(RTCPPacket.isPlausible(payload) ? 0 : payload.count))
        append32(UInt32(truncatingIfNeeded: (time - (start ?? time)) / 1_000_000))
        append(payload)
    }

    // MARK: - Frames

    private func frameBytes(_ payload: Span<UInt8>, _ source: Endpoint, _ destination: Endpoint) -> Int {
        (isIPv4(source, destination) ? 20 : 40) + 8 + payload.count
    }

    private func isIPv4(_ a: Endpoint, _ b: Endpoint) -> Bool { a.ipv4 != nil && b.ipv4 != nil }

    private mutating func appendFrame(_ payload: Span<UInt8>, _ source: Endpoint, _ destination: Endpoint) {
        let length = UInt16(8 + payload.count)
        let header = bytes.count
        if let from = source.ipv4, let to = destination.ipv4 {
            append32(0x4500_0000 | UInt32(20 + length))
            append32(0x0000_4000)
            append32(0x4011_0000)
            append32(from)
            append32(to)
            let sum = Self.checksum(0, bytes.span.extracting(header..<(header + 20)))
            (bytes[header + 10], bytes[header + 11]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
        } else {
            append32(0x6000_0000)
            append16(length)
            append16(0x1140)
            for half in [source.high, source.low, destination.high, destination.low] { append64(half) }
        }
        appendUDP(payload, source, destination, length)
    }

    private mutating func appendUDP(
        _ payload: Span<UInt8>, _ source: Endpoint, _ destination: Endpoint, _ length: UInt16
    ) {
        let start = bytes.count
        append16(source.port)
        append16(destination.port)
        append16(length)
        append16(0)
        append(payload)
        let sum = Self.checksum(
            pseudoHeaderSum(source, destination, length), bytes.span.extracting(start..<bytes.count))
        let written = sum == 0 ? 0xFFFF : sum
        (bytes[start + 6], bytes[start + 7]) = (UInt8(written >> 8), UInt8(written & 0xFF))
    }

    /// The sum of what a UDP checksum covers beside the datagram: addresses, protocol, length (RFC 768, RFC 8200 §8.1).
    private func pseudoHeaderSum(_ source: Endpoint, _ destination: Endpoint, _ length: UInt16) -> UInt64 {
        func words(_ half: UInt64) -> UInt64 {
            (half >> 48) + (half >> 32 & 0xFFFF) + (half >> 16 & 0xFFFF) + (half & 0xFFFF)
        }
        let addresses =
            if let from = source.ipv4, let to = destination.ipv4 {
                words(UInt64(from)) + words(UInt64(to))
            } else {
                words(source.high) + words(source.low) + words(destination.high) + words(destination.low)
            }
        return addresses + 17 + UInt64(length)
    }

    /// The internet checksum (RFC 1071) of bytes, and of what was summed up before.
    private static func checksum(_ before: UInt64, _ bytes: Span<UInt8>) -> UInt16 {
        var sum = before
        for i in stride(from: 0, to: bytes.count - 1, by: 2) { sum += UInt64(bytes.uint16(at: i)) }
        if bytes.count % 2 == 1 { sum += UInt64(bytes[bytes.count - 1]) << 8 }
        while sum > 0xFFFF { sum = (sum >> 16) + (sum & 0xFFFF) }
        return ~UInt16(sum)
    }

    private mutating func append(_ span: Span<UInt8>) { for i in span.indices { bytes.append(span[i]) } }
    private mutating func append16(_ value: UInt16) {
        bytes.append(UInt8(value >> 8))
        bytes.append(UInt8(value & 0xFF))
    }
    private mutating func append32(_ value: UInt32) {
        append16(UInt16(value >> 16))
        append16(UInt16(value & 0xFFFF))
    }
    private mutating func append64(_ value: UInt64) {
        append32(UInt32(value >> 32))
        append32(UInt32(truncatingIfNeeded: value))
    }
}
