import FileAccess
import Foundation
import PacketCapture
import RTPWire
import Testing

/// What is written is read back, by Parley and by tshark.
@Suite struct CaptureWriterTests {
    static let ipv4 = (from: Endpoint(ipv4: 0xC000_0201, port: 4000), to: Endpoint(ipv4: 0xC000_0202, port: 5004))
    static let ipv6 = (
        from: Endpoint(high: 0x2001_0DB8 << 32, low: 1, port: 4000),
        to: Endpoint(high: 0x2001_0DB8 << 32, low: 2, port: 5004)
    )

    /// Opus-like RTP of all lengths, odd ones too: they matter to checksums.
    static func packets(_ count: Int) -> [[UInt8]] {
        (0..<count).map { i in
            [0x80, 111, 0, UInt8(i)] + Frames.big32(960 * i) + [0, 0, 0, 9] + [UInt8](repeating: UInt8(i), count: i + 1)
        }
    }

    static func write(
        _ format: CaptureReader.Format, _ addresses: (from: Endpoint, to: Endpoint), to path: String
    ) throws {
        var writer = try CaptureWriter(OutputFile(path: path, overwrite: true), format: format)
        for (i, packet) in packets(40).enumerated() {
            try writer.write(
                packet.span, time: 1_700_000_000_123_000_000 + Int64(i) * 20_000_000, from: addresses.from,
                to: addresses.to)
        }
        _ = try writer.finish()
    }

    @Test(arguments: ["pcap", "pcapng", "rtpdump"], [false, true])
    func `what is written is read back`(name: String, isIPv6: Bool) throws {
        let format = try #require(CaptureReader.Format(rawValue: name))
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).\(name)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Self.write(format, isIPv6 ? Self.ipv6 : Self.ipv4, to: path)
        #expect(CaptureWriter.format(forPath: path) == format)
        let read = try CaptureReaderTests.read([UInt8](Data(contentsOf: URL(filePath: path))))
        #expect(read.all.map(\.payload) == Self.packets(40))
        #expect(read.warnings.isEmpty)
        let first = try #require(read.all.first).time
        #expect(read.all.map { $0.time - first } == (0..<40).map { $0 * 20_000_000 })
        if name != "rtpdump" {
            #expect(first == 1_700_000_000_123_000_000)
            #expect(read.all[0].source == (isIPv6 ? "[2001:db8::1]:4000" : "192.0.2.1:4000"))
        }
    }

    @Test(arguments: ["pcap", "pcapng"], [false, true])
    func `tshark finds correct checksums and the same packets`(name: String, isIPv6: Bool) throws {
        let format = try #require(CaptureReader.Format(rawValue: name))
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).\(name)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Self.write(format, isIPv6 ? Self.ipv6 : Self.ipv4, to: path)
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/tshark")
        process.arguments = [
            "-r", path, "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-d", "udp.port==5004,rtp",
            "-T", "fields", "-e", "udp.checksum.status", "-e", "rtp.seq", "-e", "udp.length",
        ]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(text.split(separator: "\n").map(String.init) == (0..<40).map { "1\t\($0)\t\(8 + 13 + $0)" })
    }

    @Test func `a capture that is not finished leaves nothing`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).pcap").path
        do {
            let packet = Self.packets(1)[0]
            var writer = try CaptureWriter(OutputFile(path: path, overwrite: false), format: .pcap)
            try writer.write(packet.span, time: 0, from: Self.ipv4.from, to: Self.ipv4.to)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func `addresses are written as RFC 5952 has them`() {
        func text(_ high: UInt64, _ low: UInt64) -> String { Endpoint(high: high, low: low, port: 1).address }
        #expect(text(0x2001_0DB8_0000_0000, 1) == "2001:db8::1")
        #expect(text(0, 0) == "::")
        #expect(text(0, 1) == "::1")
        #expect(text(0x2001_0DB8_0000_0001, 0x0001_0001_0001_0001) == "2001:db8:0:1:1:1:1:1")
        #expect(text(0xFE80_0000_0000_0000, 0x0000_0001_0000_0000) == "fe80::1:0:0")
        #expect(Endpoint(ipv4: 0x7F00_0001, port: 9).description == "127.0.0.1:9")
    }
}
