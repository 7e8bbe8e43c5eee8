import Foundation
import Testing

@Suite struct InspectCommandTests {
    private static let samples = Shell.root + "/samples"

    private static func json(_ arguments: String...) throws -> [String: Any] {
        let result = try Shell.run([Shell.parley, "inspect"] + arguments + ["--json"])
        #expect(result.status == 0, "\(result.error)")
        return try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
    }

    @Test func `of each stream it tells what was sent and what the network did`() throws {
        let capture = try Self.json(Self.samples + "/meeting-hotel.pcapng")
        let streams = try #require(capture["streams"] as? [[String: Any]])
        #expect(Set(streams.compactMap { $0["name"] as? String }) == ["alice", "bob", "carol", "dave"])
        for stream in streams {
            for key in ["packets", "lost", "reordered", "duplicates", "talkSpurts"] {
                #expect((stream[key] as? Int ?? 0) > 0, "\(key) of \(stream)")
            }
            for key in ["meanJitter", "maximumJitter", "bitrate", "driftErrorPPM", "duration"] {
                #expect((stream[key] as? Double ?? 0) > 0, "\(key) of \(stream)")
            }
            let drift = try #require(stream["driftPPM"] as? Double)
            #expect(drift.magnitude < 3 * (stream["driftErrorPPM"] as? Double ?? 0), "this network has none")
            let opus = try #require(stream["opus"] as? [String: Any])
            #expect((opus["modes"] as? [String: Int])?.keys.contains("hybrid") == true)
            #expect((opus["bandwidths"] as? [String: Int])?.keys.contains("fullband") == true)
            let playout = try #require(stream["playout"] as? [String: Any])
            #expect(playout["lost"] as? Int == stream["lost"] as? Int, "duplicates make up for no loss")
        }
    }

    @Test func `the table says the same`() throws {
        let result = try Shell.parley("inspect", Self.samples + "/meeting.pcapng")
        #expect(result.status == 0 && result.error.isEmpty)
        for words in [
            "6613 UDP datagrams: 6573 RTP, 40 RTCP", "0x2bd806c9  alice  10.0.0.1:40002 → 10.0.0.100:5004",
            "2001, 0 lost (0.00 %), 0 reordered", "drift 0.0 ± 0.0 ppm", "hybrid", "1 talk-spurt\n",
        ] { #expect(result.text.contains(words), "\(words)") }
    }

    @Test func `encrypted streams are opened with their keys, and told apart without`() throws {
        let path = Self.samples + "/meeting-srtp.pcapng"
        let closed = try #require(try Self.json(path)["streams"] as? [[String: Any]])
        #expect(closed.map { $0["content"] as? String } == ["unknown", "unknown", "unknown", "unknown"])
        let opened = try Self.json(path, "--srtp-key", Self.samples + "/meeting-srtp.keys")
        let streams = try #require(opened["streams"] as? [[String: Any]])
        #expect(streams.allSatisfy { $0["content"] as? String == "opus" && $0["isEncrypted"] as? Bool == true })
        let key = "aead-aes-128-gcm:" + Data(repeating: 7, count: 28).base64EncodedString()
        let wrong = try #require(try Self.json(path, "--srtp-key", key)["streams"] as? [[String: Any]])
        #expect(wrong.allSatisfy { $0["content"] as? String == "undecipherable" })
        #expect(wrong[0]["unauthenticated"] as? Int == 2001)
    }

    @Test func `of a recording it tells length and content`() throws {
        let folder = try TemporaryFolder()
        let opus = try Self.json(Self.samples + "/meeting/carol.opus")
        #expect(opus["duration"] as? Double == 40)
        #expect(((opus["opus"] as? [String: Any])?["silent"] as? Int ?? 0) > 500, "she sends with DTX")
        try Shell.sh("sox -n -r 44100 -c 2 -b 16 t.wav synth 2 sine 440 gain -6", in: folder.path)
        let wav = try Self.json(folder.file("t.wav"))
        #expect(wav["sampleRate"] as? Int == 44_100 && wav["channels"] as? Int == 2 && wav["opus"] == nil)
        #expect(((wav["peak"] as? Double ?? 0) + 6).magnitude < 0.1)
        #expect(((wav["rms"] as? Double ?? 0) + 9).magnitude < 0.1)
        #expect(try Shell.parley("inspect", folder.file("t.wav")).text.contains("44100 Hz, 2 channels"))
    }

    @Test func `the report is one page that needs nothing else`() throws {
        let folder = try TemporaryFolder()
        let capture = Self.samples + "/meeting-hotel.pcapng"
        #expect(try Shell.parley("inspect", capture, "--report", folder.file("r.html")).status == 0)
        let page = try String(contentsOfFile: folder.file("r.html"), encoding: .utf8)
        for words in [
            "meeting-hotel.pcapng", "Arrival delay", "the jitter buffer's target", "from a copy: 0", "from FEC: 0",
            "concealed: 115", "Level", "115 (5.7 %)", "prefers-color-scheme:dark",
        ] { #expect(page.contains(words), "\(words)") }
        #expect(page.components(separatedBy: "<svg ").count - 1 == 12, "three pictures for each of four streams")
        #expect(!page.contains("http://") && !page.contains("https://") && !page.contains("<script"))
    }
}
