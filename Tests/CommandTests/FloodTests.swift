import Foundation
import Testing

/// A million senders who are nobody, around one who speaks: memory stays bounded, and the one is heard.
@Suite struct FloodTests {
    private static let strangers = 1_000_000
    /// In kB, for whatever a capture holds: a debug build takes 40 MB without strangers.
    private static let memory = 64_000
    /// Of a sender's 300 packets, after each of them.
    private static let perPacket = strangers / 300

    /// Six seconds of somebody, as packets.
    private static func speaker(_ folder: TemporaryFolder, _ key: String?) throws -> [UInt8] {
        let seal = key.map { ["--srtp-out-key", $0] } ?? []
        let result = try Shell.run(
            [
                Shell.parley, "mix", Shell.root + "/samples/meeting/alice.opus", "--to", "6", "-p", "passthrough", "-o",
                folder.file("good.pcap"), "-q",
            ] + seal)
        #expect(result.status == 0, "\(result.error)")
        return [UInt8](try Data(contentsOf: URL(filePath: folder.file("good.pcap"))))
    }

    /// Puts packets of new SSRCs behind each record of a capture (pcap with raw IPv4, in network byte order).
    private static func flooded(_ good: [UInt8]) -> Data {
        var flood = Data(capacity: good.count + strangers * 72)
        flood.append(contentsOf: good[..<24])
        var (offset, ssrc) = (24, UInt32(0))
        while offset < good.count {
            let length = 16 + good[(offset + 8)..<(offset + 12)].reduce(0) { $0 << 8 | Int($1) }
            flood.append(contentsOf: good[offset..<(offset + length)])
            // The time and addresses of the record, and an RTP packet of 28 bytes.
            var stranger =
                good[offset..<(offset + 8)] + [0, 0, 0, 56, 0, 0, 0, 56] + good[(offset + 16)..<(offset + 44)]
            stranger += [0x80, 111, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0] + [UInt8](repeating: 0x48, count: 16)
            var record = Array(stranger)
            (record[18], record[19], record[40], record[41]) = (0, 56, 0, 36)
            for _ in 0..<perPacket {
                ssrc += 1
                // An SSRC of which no other packet comes.
                let mixed = ssrc &* 2_654_435_761
                for i in 0..<4 { record[52 + i] = UInt8(truncatingIfNeeded: mixed >> UInt32(8 * (3 - i))) }
                record[46] = record[55]
                flood.append(contentsOf: record)
            }
            offset += length
        }
        return flood
    }

    /// Peak resident memory in kB, by GNU time.
    private static func measured(_ arguments: String, _ folder: TemporaryFolder) throws -> Int {
        let result = try Shell.sh("/usr/bin/time -f %M -o kB '\(Shell.parley)' \(arguments)", in: folder.path)
        #expect(result.status == 0, "\(result.error)")
        let text = try String(contentsOfFile: folder.file("kB"), encoding: .utf8)
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }

    @Test(arguments: [false, true])
    func `a million strangers take no memory and no sound`(isEncrypted: Bool) throws {
        let folder = try TemporaryFolder()
        let key = isEncrypted ? "AEAD_AES_128_GCM:\(Data(repeating: 7, count: 28).base64EncodedString())" : nil
        let good = try Self.speaker(folder, key)
        try Self.flooded(good).write(to: URL(filePath: folder.file("bad.pcap")))
        let open = key.map { "--srtp-key \($0)" } ?? ""
        let alone = try Self.measured("mix good.pcap -o good.wav -q \(open)", folder)
        let flooded = try Self.measured("mix bad.pcap -o bad.wav -q \(open)", folder)
        #expect(flooded < Self.memory && flooded < alone + 16_000, "\(flooded) kB, \(alone) kB without")
        let sounds = try ["good", "bad"].map { try Data(contentsOf: URL(filePath: folder.file("\($0).wav"))) }
        #expect(sounds[0] == sounds[1] && sounds[0].count > 500_000)
    }
}
