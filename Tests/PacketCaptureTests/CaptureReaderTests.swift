import FileAccess
import PacketCapture
import Testing

/// What programs write into captures, and what is wrong with some of them.
@Suite struct CaptureReaderTests {
    static let payload: [UInt8] = Array("twelve bytes and more".utf8)

    struct Read: Equatable {
        var time: Int64
        var source: String
        var destination: String
        var isCut: Bool
        var payload: [UInt8]
    }

    static func read(_ bytes: [UInt8]) throws -> (
        all: [Read], counters: CaptureReader.Counters, warnings: [FileWarning]
    ) {
        var reader = try CaptureReader(memory: bytes, name: "test")
        var all: [Read] = []
        while let datagram = try reader.next() {
            let span = reader.payload
            all.append(
                Read(
                    time: datagram.time, source: datagram.source.description,
                    destination: datagram.destination.description, isCut: datagram.isCut,
                    payload: span.indices.map { span[$0] }))
        }
        return (all, reader.counters, reader.takeWarnings())
    }

    static let links: [(name: String, link: Int, frame: [UInt8])] = [
        ("Ethernet", 1, Frames.ethernet(0x0800, Frames.ipv4(Frames.udp(payload)))),
        ("Ethernet, padded", 1, Frames.ethernet(0x0800, Frames.ipv4(Frames.udp(payload)) + [0, 0, 0, 0])),
        ("VLAN", 1, Frames.ethernet(0x0800, Frames.ipv4(Frames.udp(payload)), tags: [0x8100])),
        ("two VLANs", 1, Frames.ethernet(0x0800, Frames.ipv4(Frames.udp(payload)), tags: [0x88A8, 0x8100])),
        ("IPv4 options", 1, Frames.ethernet(0x0800, Frames.ipv4(Frames.udp(payload), options: 2))),
        ("IPv6", 1, Frames.ethernet(0x86DD, Frames.ipv6(Frames.udp(payload)))),
        ("IPv6 extensions", 1, Frames.ethernet(0x86DD, Frames.ipv6(Frames.udp(payload), extensions: [0, 60]))),
        ("raw IPv4", 101, Frames.ipv4(Frames.udp(payload))), ("raw IPv6", 101, Frames.ipv6(Frames.udp(payload))),
        ("IPv4 link", 228, Frames.ipv4(Frames.udp(payload))), ("IPv6 link", 229, Frames.ipv6(Frames.udp(payload))),
        ("Linux cooked", 113, [UInt8](repeating: 0, count: 14) + [8, 0] + Frames.ipv4(Frames.udp(payload))),
        ("Linux cooked 2", 276, [8, 0] + [UInt8](repeating: 0, count: 18) + Frames.ipv4(Frames.udp(payload))),
        ("BSD loopback", 0, [2, 0, 0, 0] + Frames.ipv4(Frames.udp(payload))),
    ]

    @Test(arguments: links.map(\.name), [false, true])
    func `a datagram is found in every link layer`(name: String, isBigEndian: Bool) throws {
        let link = try #require(Self.links.first { $0.name == name })
        let read = try Self.read(Frames.pcap(link.link, [link.frame, link.frame], isBigEndian: isBigEndian))
        try #require(read.all.count == 2)
        #expect(read.all[0].payload == Self.payload)
        #expect(read.all[0].time == 1_000_250_000_000 && read.all[1].time == 1_001_250_000_000)
        let isIPv6 = read.all[0].source.hasPrefix("[")
        #expect(read.all[0].source == (isIPv6 ? "[2001:db8::1]:4000" : "192.0.2.1:4000"))
        #expect(read.all[0].destination == (isIPv6 ? "[2001:db8::2]:5004" : "192.0.2.2:5004"))
        #expect(!read.all[0].isCut && read.warnings.isEmpty)
    }

    @Test func `what is no whole datagram is counted, and what is beside it is read`() throws {
        let good = Frames.ipv4(Frames.udp(Self.payload))
        let frames = [
            Frames.ipv4([1, 2, 3, 4], protocol: 6),  // TCP
            Frames.ipv4(Frames.udp(Self.payload), fragment: 0x2000), Frames.ipv4(Self.payload, fragment: 7),
            Frames.ipv4(Frames.udp(Self.payload, claiming: 400)),  // cut
            Frames.ipv4(Frames.udp(Self.payload, claiming: 3)), [], [0x45], good,
        ]
        let read = try Self.read(Frames.pcap(101, frames))
        #expect(read.all.count == 2)
        #expect(read.all[0].isCut && read.all[0].payload == Self.payload)
        #expect(read.all[1].payload == Self.payload && !read.all[1].isCut)
        #expect(read.counters.fragments == 2 && read.counters.otherFrames == 4 && read.counters.cut == 1)
    }

    @Test func `a snap length that cuts frames is noticed for each of them`() throws {
        let frame = Frames.ethernet(0x0800, Frames.ipv4(Frames.udp(Self.payload)))
        let read = try Self.read(Frames.pcap(1, [frame, frame], snapLength: frame.count - 5))
        #expect(read.all.map(\.isCut) == [true, true])
        #expect(read.all[0].payload == Array(Self.payload.dropLast(5)))
    }

    @Test func `times that go back are brought up to the one before`() throws {
        let frame = Frames.ipv4(Frames.udp(Self.payload))
        var bytes = Frames.pcap(101, [frame, frame, frame])
        // The second packet's seconds.
        let second = 24 + 16 + frame.count
        bytes.replaceSubrange(second..<(second + 4), with: Frames.little32(10))
        let read = try Self.read(bytes)
        #expect(read.all.map(\.time) == [1_000_250_000_000, 1_000_250_000_000, 1_002_250_000_000])
        #expect(read.counters.timesGoneBack == 1)
    }

    @Test func `every beginning of a capture gives what is whole in it, and a warning unless it ends between packets`()
        throws
    {
        let frame = Frames.ipv4(Frames.udp(Self.payload))
        let whole = Frames.pcap(101, [frame, frame])
        for length in 24..<whole.count {
            let read = try Self.read(Array(whole[..<length]))
            let packets = (length - 24) / (16 + frame.count)
            #expect(read.all.count == packets)
            #expect(read.warnings.isEmpty == ((length - 24) % (16 + frame.count) == 0), "\(length) bytes")
        }
        #expect(throws: FileError.self) { try Self.read([]) }
        #expect(throws: FileError.self) { try Self.read(Array("RIFF and so on, no capture".utf8)) }
    }

    @Test func `a block that claims to be huge ends the capture, not the process`() throws {
        let frame = Frames.ipv4(Frames.udp(Self.payload))
        let bytes =
            Frames.pcap(101, [frame]) + Frames.little32(2000) + Frames.little32(0)
            + Frames.little32(0x7FFF_FFFF) + Frames.little32(0x7FFF_FFFF) + [1, 2, 3]
        let read = try Self.read(bytes)
        #expect(read.all.count == 1)
        #expect(read.warnings.count == 1)
    }

    /// A pcapng block.
    static func block(_ kind: Int, _ body: [UInt8]) -> [UInt8] {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        return Frames.little32(kind) + Frames.little32(padded.count + 12) + padded + Frames.little32(padded.count + 12)
    }

    static let sectionHeader = block(
        0x0A0D_0D0A, Frames.little32(0x1A2B_3C4D) + Frames.little16(1) + [0, 0] + [UInt8](repeating: 255, count: 8))

    /// An Ethernet or raw interface, with times of 10^-digits seconds.
    static func interface(_ link: Int, digits: UInt8) -> [UInt8] {
        block(1, Frames.little16(link) + [0, 0] + Frames.little32(0) + [9, 0, 1, 0, digits, 0, 0, 0, 0, 0, 0, 0])
    }

    static func packet(_ frame: [UInt8], time: UInt64, interface: Int = 0) -> [UInt8] {
        block(
            6,
            Frames.little32(interface) + Frames.little32(Int(time >> 32)) + Frames.little32(Int(time & 0xFFFF_FFFF))
                + Frames.little32(frame.count) + Frames.little32(frame.count) + frame)
    }

    @Test func `pcapng: interfaces of their own link layers and clocks, other blocks passed over`() throws {
        let frame = Frames.ipv4(Frames.udp(Self.payload))
        let bytes =
            Self.sectionHeader + Self.interface(1, digits: 6) + Self.interface(101, digits: 3)
            + Self.packet(Frames.ethernet(0x0800, frame), time: 5_000_000) + Self.block(5, [1, 2, 3, 4])
            + Self.packet(frame, time: 6000, interface: 1) + Self.block(0x0BAD, [])
            + Self.sectionHeader + Self.interface(101, digits: 9) + Self.packet(frame, time: 7_000_000_000)
        let read = try Self.read(bytes)
        #expect(read.all.map(\.time) == [5_000_000_000, 6_000_000_000, 7_000_000_000])
        #expect(read.all.allSatisfy { $0.payload == Self.payload } && read.warnings.isEmpty)
    }

    @Test func `pcapng: the last moment there is does not overflow`() throws {
        let frame = Frames.ipv4(Frames.udp(Self.payload))
        for digits: UInt8 in [0, 6, 9, 0x80, 0x8A, 0xFF] {
            let bytes = Self.sectionHeader + Self.interface(101, digits: digits) + Self.packet(frame, time: .max)
            let read = try Self.read(bytes)
            #expect(read.all.count == 1 && read.all[0].time >= 0)
        }
    }
}
