import RTPWire

/// Captures and frames made byte by byte, as other programs make them.
enum Frames {
    static func big16(_ value: Int) -> [UInt8] { [UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)] }
    static func big32(_ value: Int) -> [UInt8] { big16(value >> 16) + big16(value) }
    static func little32(_ value: Int) -> [UInt8] { big32(value).reversed() }
    static func little16(_ value: Int) -> [UInt8] { big16(value).reversed() }

    /// From port 4000 to port 5004.
    static func udp(_ payload: [UInt8], claiming length: Int? = nil) -> [UInt8] {
        big16(4000) + big16(5004) + big16(length ?? 8 + payload.count) + [0, 0] + payload
    }

    /// From 192.0.2.1 to 192.0.2.2.
    static func ipv4(_ body: [UInt8], protocol number: UInt8 = 17, options: Int = 0, fragment: Int = 0) -> [UInt8] {
        [UInt8(0x45 + options), 0] + big16(20 + 4 * options + body.count) + [0, 1] + big16(fragment)
            + [64, number, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2] + [UInt8](repeating: 1, count: 4 * options) + body
    }

    /// From 2001:db8::1 to 2001:db8::2, with extension headers of 8 bytes in between.
    static func ipv6(_ body: [UInt8], extensions: [UInt8] = []) -> [UInt8] {
        func address(_ last: UInt8) -> [UInt8] {
            [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [last]
        }
        var chain: [UInt8] = []
        for i in extensions.indices {
            chain += [i + 1 < extensions.count ? extensions[i + 1] : 17, 0] + [UInt8](repeating: 0, count: 6)
        }
        return [0x60, 0, 0, 0] + big16(chain.count + body.count) + [extensions.first ?? 17, 64] + address(1)
            + address(2) + chain + body
    }

    static func ethernet(_ type: Int, _ body: [UInt8], tags: [Int] = []) -> [UInt8] {
        [UInt8](repeating: 2, count: 12) + tags.flatMap { big16($0) + [0, 5] } + big16(type) + body
    }

    /// A pcap of one microsecond a tick, by a machine of the one or the other byte order; a frame a second from 1000 s on.
    static func pcap(_ link: Int, _ frames: [[UInt8]], isBigEndian: Bool = false, snapLength: Int? = nil) -> [UInt8] {
        let word = isBigEndian ? big32 : little32
        let half = isBigEndian ? big16 : little16
        var bytes = word(0xA1B2_C3D4) + half(2) + half(4) + word(0) + word(0) + word(65_535) + word(link)
        for (i, frame) in frames.enumerated() {
            let kept = frame.prefix(snapLength ?? frame.count)
            bytes += word(1000 + i) + word(250_000) + word(kept.count) + word(frame.count) + kept
        }
        return bytes
    }
}
