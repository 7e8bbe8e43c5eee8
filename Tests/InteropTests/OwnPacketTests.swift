import Foundation
import TestPatience
import Testing

/// The packets that a mix sends are played by ffmpeg and GStreamer.
@Suite(.serialized, .oneAtATime(.packets), .ownThread, .timeLimit(.minutes(2))) struct OwnPacketTests {
    @Test(arguments: [
        (ForeignReceiver.ffmpeg, Protection.none), (.ffmpeg, .cm80), (.ffmpeg, .cm32), (.gstreamer, .none),
        (.gstreamer, .cm80), (.gstreamer, .gcm128), (.gstreamer, .gcm256),
    ])
    func `a mix that is sent is heard whole`(receiver: ForeignReceiver, protection: Protection) async throws {
        let folder = try TemporaryFolder()
        let source = try await Source.folder.value
        let capture = folder.file("mix.pcap")
        let key = protection == .none ? [] : ["--srtp-out-key", protection.key]
        let mixed = try await Program.run(
            [Program.parley, "mix", source.file("source.wav"), "-p", "passthrough", "-o", capture, "-q"] + key)
        try #require(mixed.status == 0, "\(mixed.error)")

        let port = try PortPair.free()
        let program = try receiver.start(protection, port: port, folder: folder)
        try #require(await Patience.wait(seconds: 20) { PortPair.waitingBytes(port) != nil }, "the receiver listens")
        let replayer = try Replayer(CaptureFile(path: capture), to: port)
        try await replayer.replay()
        try #require(await Patience.wait(seconds: 20) { PortPair.waitingBytes(port) == 0 }, "the receiver reads all")
        // ffmpeg looks whether it is to end when it has read something.
        program.signal(SIGINT)
        try replayer.sendLast()
        let ended = try await program.result()
        // ffmpeg takes 32 bits for the tag of SRTCP too; RFC 4568 §6.2 says 80. It says so of each control packet that it
        // still reads: the first report, the goodbye.
        let excused =
            receiver == .ffmpeg && protection == .cm32
            ? ["HMAC mismatch", "Last message repeated 1 times"] : []
        let complaints = ended.error.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(complaints.filter { !excused.contains($0) } == [])
        #expect(ended.status == (receiver == .ffmpeg ? 255 : 0), "how a program ends that was interrupted")

        let sound = try Sound(path: folder.file("heard.wav"))
        #expect((sound.duration - Source.seconds).magnitude < 0.05, "\(sound.duration) s were heard")
        let heard = sound.seconds(of: Source.hertz, amplitude: Source.amplitude)
        #expect(heard > Source.seconds - 0.15, "the tone is heard all the time, not \(heard) s")
    }
}
