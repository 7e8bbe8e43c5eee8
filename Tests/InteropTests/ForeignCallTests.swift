import Foundation
import Testing

/// A call between two peers of aiortc, whose keys come from DTLS, is found in a capture, opened and mixed.
@Suite(.serialized, .oneAtATime(.packets), .ownThread, .timeLimit(.minutes(2))) struct ForeignCallTests {
    @Test(arguments: ["SRTP_AES128_CM_SHA1_80", "SRTP_AEAD_AES_128_GCM", "SRTP_AEAD_AES_256_GCM"])
    func `each peer is opened with its key, and heard alone or with the other`(profile: String) async throws {
        let python = Program.root + "/.build-python/bin/python3"
        try #require(FileManager.default.fileExists(atPath: python), "Scripts/python.sh makes .build-python")
        let folder = try TemporaryFolder()
        let (path, keys) = (folder.file("call.pcap"), folder.file("keys"))
        let tones = [440.0, 1000.0]
        let call = try await Program.run(
            [python, Program.root + "/Tests/InteropTests/aiortc-call.py"]
                + [path, keys, profile, "\(Source.seconds)"] + tones.map { "\($0)" })
        try #require(call.status == 0, "\(call.error)")
        let capture = try CaptureFile(path: path)
        // Beside SRTP, the call has STUN, DTLS and RTCP.
        #expect(capture.datagrams.count > capture.streams.values.reduce(0, +))
        let lines = try String(contentsOfFile: keys, encoding: .utf8).split(separator: "\n")
        try #require(lines.count == 2 && capture.streams.count == 2)

        // One peer at a time: the other's tone is not in it.
        for (tone, line) in zip(tones, lines) {
            let stream = String(line.prefix { $0 != "=" })
            let ssrc = try #require(UInt32(stream.dropFirst(2), radix: 16))
            let wav = folder.file("\(stream).wav")
            let mix = try MixDocument(
                await Program.parley(
                    "mix", path, "-p", "passthrough", "-o", wav, "--json", "--srtp-key", keys, "--stream", stream))
            #expect(mix.participants.count == 1)
            try Expect.whole(mix.participants[0], packets: 150, stalled: capture.stalled(ssrc))
            let sound = try Sound(path: wav)
            Expect.tone(tone, in: sound, stalled: capture.stalled(ssrc))
            for other in tones where other != tone { #expect(sound.loudest(other) < 0.02) }
        }

        let wav = folder.file("both.wav")
        let mix = try MixDocument(
            await Program.parley("mix", path, "-p", "passthrough", "-o", wav, "--json", "--srtp-key", keys))
        #expect(mix.participants.count == 2)
        // RTCP is opened too: each is called as it says there, not by its SSRC.
        #expect(!mix.participants.contains { $0.name.hasPrefix("0x") })
        let sound = try Sound(path: wav)
        for tone in tones { #expect((sound.loudest(tone) - Source.amplitude).magnitude < 0.05) }
        let suite = lines[0].split(separator: "=")[1].prefix { $0 != ":" }
        try await Expect.refusal(of: path, key: try #require(Protection(rawValue: String(suite))).wrongKey)
    }
}
