import Foundation
import Testing

/// `parley mix` on captures, as somebody types it.
@Suite struct CaptureCommandTests {
    static let samples = Shell.root + "/samples"

    @Test func `a capture is mixed, and the table names everyone`() throws {
        let folder = try TemporaryFolder()
        let result = try Shell.parley("mix", Self.samples + "/meeting.pcapng", "-o", folder.file("mix.opus"))
        #expect(result.status == 0, "\(result.error)")
        for name in ["alice", "bob", "carol", "dave"] { #expect(result.text.contains("\n" + name)) }
        #expect(result.error.isEmpty)
        let alice = result.text.split(separator: "\n").last { $0.hasPrefix("alice") }?.split(separator: " ")
        #expect(alice?.dropFirst() == ["2001", "0", "0", "0", "0.00", "s", "39", "ms"], "how her packets fared")
        let info = try Shell.sh("opusinfo \(folder.file("mix.opus"))")
        #expect(info.text.contains("Playback length: 0m:40."), "\(info.text)")
        #expect(folder.files == ["mix.opus"])
    }

    @Test func `keys from a file and on the command line give the bytes of the open capture`() throws {
        let folder = try TemporaryFolder()
        let keys = Self.samples + "/meeting-srtp.keys"
        let each = try String(contentsOfFile: keys, encoding: .utf8).split(separator: "\n").filter { $0.first != "#" }
        let inline = each.map { "--srtp-key '\($0)'" }.joined(separator: " ")
        for (capture, options) in [
            ("meeting.pcapng", ""), ("meeting-srtp.pcapng", "--srtp-key \(keys)"), ("meeting-srtp.pcapng", inline),
        ] {
            let line = "'\(Shell.parley)' mix \(Self.samples)/\(capture) \(options) --to 6 -qo"
            let result = try Shell.sh("\(line) \(folder.files.count).wav", in: folder.path)
            #expect(result.status == 0 && result.error.isEmpty, "\(result.error)")
        }
        let bytes = try folder.files.map { try Data(contentsOf: URL(filePath: folder.file($0))) }
        #expect(bytes.count == 3 && Set(bytes).count == 1)
    }

    @Test func `the summary for machines says how packets fared`() throws {
        let folder = try TemporaryFolder()
        let result = try Shell.parley(
            "mix", Self.samples + "/meeting-hotel.pcapng", "-o", folder.file("m.wav"), "--json", "--stream", "10.0.0.1",
            "--minus", "alice", "--to", "10")
        #expect(result.status == 0, "\(result.error)")
        let json = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
        let participants = try #require(json["participants"] as? [[String: Any]])
        #expect(participants.map { $0["name"] as? String } == ["alice"])
        let network = try #require(participants[0]["network"] as? [String: Any])
        #expect((network["lost"] as? Int ?? 0) > 10 && (network["duplicates"] as? Int ?? 0) > 0)
        #expect((network["meanDelay"] as? Double ?? 0) > 0.02)
    }

    @Test func `stems and packets come out of a capture, and can be inspected`() throws {
        let folder = try TemporaryFolder()
        let key = "AEAD_AES_128_GCM:" + Data((0..<28).map { UInt8($0) }).base64EncodedString()
        let result = try Shell.parley(
            "mix", Self.samples + "/meeting.pcapng", "-o", folder.file("m.pcapng"), "--srtp-out-key", key, "--stems",
            folder.file("stems"), "--to", "5", "-q")
        #expect(result.status == 0, "\(result.error)")
        let stems = try FileManager.default.contentsOfDirectory(atPath: folder.file("stems")).sorted()
        #expect(stems == ["alice.pcapng", "bob.pcapng", "carol.pcapng", "dave.pcapng"])
        let text = try Shell.parley("inspect", folder.file("m.pcapng"), "--srtp-key", key).text
        #expect(text.contains("Opus in SRTP") && text.contains("parley-mix") && text.contains(" 0 lost"))
    }

    @Test func `a truncated capture is mixed up to the cut with one warning, an error with --strict`() throws {
        let folder = try TemporaryFolder()
        try Shell.sh("head -c 200000 \(Self.samples)/meeting.pcapng > cut.pcapng", in: folder.path)
        let line = "'\(Shell.parley)' mix cut.pcapng -o x.wav -q"
        let result = try Shell.sh(line, in: folder.path)
        #expect(result.status == 0)
        #expect(result.error.components(separatedBy: "the capture is cut off").count == 2, "\(result.error)")
        #expect(folder.files.contains("x.wav"))
        #expect(try Shell.sh(line + " --strict --force", in: folder.path).status == 65)
    }

    @Test func `a wrong key beside good ones is a warning that counts for --strict`() throws {
        let folder = try TemporaryFolder()
        try Shell.sh(
            "sed 's/0x81b637d8=AEAD_AES_128_GCM:T+/0x81b637d8=AEAD_AES_128_GCM:Q+/' "
                + "\(Self.samples)/meeting-srtp.keys > some.keys", in: folder.path)
        let line = "'\(Shell.parley)' mix \(Self.samples)/meeting-srtp.pcapng --srtp-key some.keys --to 5 -o x.wav"
        let result = try Shell.sh(line + " --json", in: folder.path)
        #expect(result.status == 0)
        #expect(result.error.contains("warning: ") && result.error.contains("stream 0x81b637d8 is left out"))
        #expect(result.text.contains("\"bob\"") == false && result.text.contains("is left out"))
        #expect(try Shell.sh(line + " --strict --force", in: folder.path).status == 65)
    }
}
