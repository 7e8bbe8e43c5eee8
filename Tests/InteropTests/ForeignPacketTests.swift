import Foundation
import Testing

/// What ffmpeg and GStreamer send is found in a capture, opened and mixed.
///
/// Cases wait for programs that send in real time. Suites run at once; cases one by one, so that the programs of a
/// suite do not keep one another from being on time.
@Suite(.serialized, .oneAtATime(.packets), .ownThread, .timeLimit(.minutes(2))) struct ForeignPacketTests {
    @Test(arguments: [
        (ForeignSender.ffmpeg, Protection.none), (.ffmpeg, .cm80), (.ffmpeg, .cm32), (.gstreamer, .none),
        (.gstreamer, .cm80), (.gstreamer, .gcm128), (.gstreamer, .gcm256),
    ])
    func `what a program sends is mixed whole`(sender: ForeignSender, protection: Protection) async throws {
        let folder = try TemporaryFolder()
        let source = try await Source.folder.value
        let capture = try await Recorder.record { sender.arguments(source, protection, port: $0) }
        let path = folder.file("sent.pcapng")
        try capture.write(path)
        let (ssrc, packets) = try #require(capture.streams.first)
        // The encoder's delay may make one more.
        #expect((150...151).contains(packets) && capture.streams.count == 1)

        let wav = folder.file("mix.wav")
        let keys = protection == .none ? [] : ["--srtp-key", protection.key]
        let mixed = try await Program.run(
            [Program.parley, "mix", path, "-p", "passthrough", "-o", wav, "--json"] + keys)
        let mix = try MixDocument(mixed)
        #expect(mix.participants.count == 1 && mix.warnings.isEmpty)
        let stalled = capture.stalled(ssrc)
        try Expect.whole(mix.participants[0], packets: packets, stalled: stalled)
        try Expect.tone(Source.hertz, in: Sound(path: wav), stalled: stalled)
        if protection != .none { try await Expect.refusal(of: path, key: protection.wrongKey) }
    }
}
