import FileAccess
import RTPWire

/// The format of rtptools: a line of text, a header of 16 bytes, then packets with times in milliseconds.
struct RTPDumpLayout {
    static let magic = Array("#!rtpplay1.0 ".utf8)
    /// The longest first line that is believed.
    private static let maximumLine = 256

    private let start: Int64
    private let destination: Endpoint
    private let source: Endpoint

    static func matches(_ bytes: Span<UInt8>) -> Bool {
        for i in magic.indices where i >= bytes.count || bytes[i] != magic[i] { return false }
        return true
    }

    init(_ reader: inout BufferedReader, _ name: String) throws(FileError) {
        _ = try reader.fill(Self.maximumLine)
        let line = Self.line(reader.bytes)
        guard let line, let destination = Self.endpoint(String(decoding: line, as: UTF8.self)) else {
            throw FileError(.corrupt, "'\(name)': the first line is not '#!rtpplay1.0 ADDRESS/PORT'")
        }
        let end = Self.magic.count + line.count
        guard try reader.fill(end + 1 + 16) else {
            throw FileError(.corrupt, "'\(name)': the header of the capture is cut off")
        }
        let header = end + 1
        start =
            Int64(reader.bytes.uint32(at: header)) * 1_000_000_000
            + Int64(reader.bytes.uint32(at: header + 4)) * 1000
        source = Endpoint(ipv4: reader.bytes.uint32(at: header + 8), port: reader.bytes.uint16(at: header + 12))
        self.destination = destination
        reader.consume(end + 17)
    }

    func step(_ reader: inout BufferedReader) throws(FileError) -> CaptureStep {
        guard try reader.fill(8) else { return reader.bytes.isEmpty ? .end : .damage("the capture is cut off") }
        let length = Int(reader.bytes.uint16(at: 0))
        let original = Int(reader.bytes.uint16(at: 2))
        guard length >= 8 else { return .damage("a packet of \(length) bytes, which is no packet") }
        let time = start + Int64(reader.bytes.uint32(at: 4)) * 1_000_000
        guard try reader.fill(length) else { return .damage("the capture is cut off") }
        // RTCP is told by an original length of 0.
        let isCut = original > length - 8
        return .datagram(
            .init(time: time, source: source, destination: destination, isCut: isCut), payload: 8..<length,
            bytes: length)
    }

    /// The first line behind the magic.
    private static func line(_ bytes: Span<UInt8>) -> [UInt8]? {
        var line: [UInt8] = []
        for i in magic.count..<max(bytes.count, magic.count) {
            if bytes[i] == 0x0A { return line }
            line.append(bytes[i])
        }
        return nil
    }

    /// `192.0.2.1/5004`
    private static func endpoint(_ text: String) -> Endpoint? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
        let bytes = parts[0].split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard bytes.count == 4, !bytes.contains(nil) else { return Endpoint(ipv4: 0, port: port) }
        return Endpoint(ipv4: bytes.reduce(0) { $0 << 8 | UInt32($1 ?? 0) }, port: port)
    }
}
