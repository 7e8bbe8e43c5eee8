import RTPWire

/// The link layers that frames are taken from, by their numbers in captures.
enum LinkLayer: UInt32, Sendable, CaseIterable {
    case null = 0
    case ethernet = 1
    case rawOfBSD = 12
    case rawOfOpenBSD = 14
    case raw = 101
    case loop = 108
    case linuxCooked = 113
    case ipv4 = 228
    case ipv6 = 229
    case linuxCooked2 = 276
}

/// What became of one captured frame.
enum FrameContent {
    /// A UDP datagram; the range is of the frame.
    case datagram(source: Endpoint, destination: Endpoint, payload: Range<Int>, isCut: Bool)
    /// One of several fragments of an IP packet.
    case fragment
    /// Something else than UDP over IP.
    case other
}

/// Finds the UDP datagram in a frame: Ethernet with VLAN tags, Linux cooked, raw IP; IPv4 and IPv6.
enum FrameParser {
    static func parse(_ frame: Span<UInt8>, _ link: LinkLayer) -> FrameContent {
        switch link {
        case .ethernet: return frame.count >= 14 ? etherType(frame, at: 12) : .other
        case .linuxCooked: return frame.count >= 16 ? etherType(frame, at: 14) : .other
        case .linuxCooked2: return frame.count >= 20 ? network(frame, at: 20, etherType: frame.uint16(at: 0)) : .other
        case .null, .loop: return frame.count >= 4 ? ip(frame, at: 4) : .other
        case .raw, .rawOfBSD, .rawOfOpenBSD, .ipv4, .ipv6: return ip(frame, at: 0)
        }
    }

    /// Skips VLAN tags (802.1Q, 802.1ad), two at most.
    private static func etherType(_ frame: Span<UInt8>, at offset: Int) -> FrameContent {
        var offset = offset
        for _ in 0..<3 {
            let type = frame.uint16(at: offset)
            guard type == 0x8100 || type == 0x88A8 || type == 0x9100 else {
                return network(frame, at: offset + 2, etherType: type)
            }
            offset += 4
            guard offset + 2 <= frame.count else { return .other }
        }
        return .other
    }

    private static func network(_ frame: Span<UInt8>, at offset: Int, etherType: UInt16) -> FrameContent {
        etherType == 0x0800 || etherType == 0x86DD ? ip(frame, at: offset) : .other
    }

    private static func ip(_ frame: Span<UInt8>, at offset: Int) -> FrameContent {
        guard offset < frame.count else { return .other }
        return switch frame[offset] >> 4 {
        case 4: ipv4(frame, at: offset)
        case 6: ipv6(frame, at: offset)
        default: .other
        }
    }

    private static func ipv4(_ frame: Span<UInt8>, at offset: Int) -> FrameContent {
        let header = 4 * Int(frame[offset] & 0x0F)
        guard header >= 20, offset + header <= frame.count, frame[offset + 9] == 17 else { return .other }
        // More fragments, or not the first one.
        guard frame.uint16(at: offset + 6) & 0x3FFF == 0 else { return .fragment }
        let addresses = (frame.uint32(at: offset + 12), frame.uint32(at: offset + 16))
        return udp(frame, at: offset + header) { isSource, port in
            Endpoint(ipv4: isSource ? addresses.0 : addresses.1, port: port)
        }
    }

    private static func ipv6(_ frame: Span<UInt8>, at start: Int) -> FrameContent {
        guard start + 40 <= frame.count else { return .other }
        let halves = (
            frame.uint64(at: start + 8), frame.uint64(at: start + 16), frame.uint64(at: start + 24),
            frame.uint64(at: start + 32)
        )
        var next = frame[start + 6]
        var offset = start + 40
        // Extension headers: hop-by-hop, routing, destination options.
        for _ in 0..<8 where next == 0 || next == 43 || next == 60 {
            guard offset + 8 <= frame.count else { return .other }
            next = frame[offset]
            offset += 8 * (Int(frame[offset + 1]) + 1)
        }
        if next == 44 { return .fragment }
        guard next == 17 else { return .other }
        return udp(frame, at: offset) { isSource, port in
            isSource
                ? Endpoint(high: halves.0, low: halves.1, port: port)
                : Endpoint(high: halves.2, low: halves.3, port: port)
        }
    }

    private static func udp(
        _ frame: Span<UInt8>, at offset: Int, _ endpoint: (_ isSource: Bool, _ port: UInt16) -> Endpoint
    ) -> FrameContent {
        guard offset + 8 <= frame.count else { return .other }
        let length = Int(frame.uint16(at: offset + 4)) - 8
        guard length >= 0 else { return .other }
        let end = offset + 8 + length
        return .datagram(
            source: endpoint(true, frame.uint16(at: offset)),
            destination: endpoint(false, frame.uint16(at: offset + 2)),
            payload: (offset + 8)..<min(end, frame.count), isCut: end > frame.count)
    }
}
