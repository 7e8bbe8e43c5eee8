import PacketCapture

/// A capture made byte by byte: pcap with raw IPv4 in nanoseconds, records in any order and of any content.
struct RawCapture {
    private(set) var bytes: [UInt8]
    /// Where each record begins.
    private(set) var records: [Int] = []

    init() {
        bytes = Self.big32(0xA1B2_3C4D) + [0, 2, 0, 4] + Self.big32(0) + Self.big32(0) + Self.big32(262_144)
        bytes += Self.big32(101)
    }

    /// - Parameters:
    ///   - time: if it is not that of the datagram.
    ///   - fragment: the IPv4 header's flags and offset of fragments.
    mutating func add(_ datagram: Datagram, time: Int64? = nil, fragment: UInt32 = 0) {
        records.append(bytes.count)
        let time = time ?? datagram.time
        let length = UInt32(28 + datagram.bytes.count)
        bytes += Self.big32(UInt32(truncatingIfNeeded: time / 1_000_000_000)) + Self.big32(UInt32(time % 1_000_000_000))
        bytes += Self.big32(length) + Self.big32(length)
        bytes += Self.big32(0x4500_0000 | length) + Self.big32(fragment) + Self.big32(0x4011_0000)
        bytes += Self.big32(datagram.source.ipv4 ?? 0) + Self.big32(Datagram.server.ipv4 ?? 0)
        bytes += Self.big32(UInt32(datagram.source.port) << 16 | UInt32(Datagram.server.port))
        bytes += Self.big32((length - 20) << 16) + datagram.bytes
    }

    private static func big32(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }
}
