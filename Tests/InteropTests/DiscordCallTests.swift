import Foundation
import TestPatience
import Testing

/// The voice server's gateway, as a client library that others wrote sees it: discord.py over TLS, which seals with
/// XChaCha20-Poly1305.
@Suite(.serialized, .oneAtATime(.servers), .ownThread, .timeLimit(.minutes(2))) struct DiscordCallTests {
    struct Report: Decodable {
        struct Caller: Decodable {
            let user: Int
            let mode: String
            /// The users from whom sound came.
            let heard: [Int]
        }
        let callers: [Caller]
        let resumes: Int
        let errors: [String]
        /// How long each phase was.
        let seconds: [Double]
    }

    private static let tones = [440.0, 1000, 1700]
    /// Which tones each client hears at least, in each phase: before the first is back and listens; with all there; and
    /// after the second has resumed, which is then not heard any more.
    private static let phases: [[[Double]]] = [
        [[], [1700], [1000]], [[1000, 1700], [440, 1700], [440, 1000]], [[1700], [440, 1700], [440]],
    ]
    private static let mixUser = 1
    /// What the library logs when a connection is lost, and, at the end, because it is let go while it waits for a
    /// session description: after a resume none comes.
    private static let expectedErrors: Set = [
        "Disconnected from voice... Reconnecting in %.2fs.", "Failed to connect to voice... Retrying in %ss...",
    ]

    @Test func `three clients hear each other, come back and resume`() async throws {
        let python = Program.root + "/.build-python/bin/python3"
        try #require(FileManager.default.fileExists(atPath: python), "Scripts/python.sh makes .build-python")
        let folder = try TemporaryFolder()
        let port = try FreePort.tcp()
        let server = try VoiceCallTests.server(port, folder, isSecure: true)
        let isListening = await Patience.wait(seconds: 20) { FreePort.isListening(port) }
        try #require(isListening)
        let calls = try await Program.run(
            [
                "env", "SSL_CERT_FILE=\(folder.file("parley-dev.crt"))", python,
                Program.root + "/Tests/InteropTests/discord-calls.py", "localhost:\(port)", "secret", "1", "1",
                folder.path,
            ] + Self.tones.map { "\($0)" })
        try #require(calls.status == 0, "\(calls.error)")
        let report = try JSONDecoder().decode(Report.self, from: calls.output)
        #expect(report.callers.map(\.mode) == Array(repeating: "aead_xchacha20_poly1305_rtpsize", count: 3))
        #expect(report.callers.allSatisfy { $0.heard == [Self.mixUser] }, "all sound comes from the mix's own user")
        #expect(report.resumes == 1)
        #expect(Set(report.errors).isSubset(of: Self.expectedErrors), "\(calls.error)")

        for (phase, tones) in Self.phases.enumerated() {
            for (index, expected) in tones.enumerated() where !expected.isEmpty {
                let sound = try Sound(path: folder.file("\(101 + index)-\(Self.mixUser)-\(phase).wav"))
                for tone in expected {
                    let heard = sound.seconds(with: tone, amplitude: VoiceCallTests.amplitude)
                    #expect(heard > report.seconds[phase] / 2, "\(101 + index) hears \(tone) Hz, phase \(phase)")
                }
                #expect(sound.loudest(Self.tones[index]) < 0.005, "nobody hears themselves")
            }
        }
        server.signal(SIGTERM)
        let ended = try await server.result()
        #expect(ended.status == 0, "\(ended.error)")
    }
}
