import Foundation
import Logging
import Testing
import VoiceServer

@Suite struct ReloadTests {
    /// A pipeline of its own name, with something in it that can change.
    private static func pipeline(ceiling: String) -> String {
        """
        pipeline: mine
        format: { rate: 48 kHz, channels: mono, frame: 20 ms }
        participant:
          - srtp.unprotect: { replay-window: 1024 packets }
          - jitter.adaptive
          - opus.decode
        room:
          - mix: { exclude: self }
          - limit: { ceiling: \(ceiling) }
        listener:
          - opus.encode
          - rtp.packetize
          - srtp.protect
        """
    }

    @Test func `a changed pipeline is taken over, a broken one is not`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(Self.pipeline(ceiling: "-1 dBFS"), to: "mine.yaml")
        let configuration = try TestServer.configuration(["pipelines": path])
        let server = try VoiceServer.startAndWait(configuration, logger: .quiet)
        defer { server.stopAndWait() }
        #expect(server.summary.pipelines == ["guild-voice", "mine"])
        #expect(server.reload(configuration) == [])

        _ = try folder.write(Self.pipeline(ceiling: "-2 dBFS"), to: "mine.yaml")
        #expect(server.reload(configuration) == ["pipeline 'mine' is new; rooms that are open keep the old one"])

        _ = try folder.write(Self.pipeline(ceiling: "2 pounds"), to: "mine.yaml")
        let lines = server.reload(configuration)
        #expect(lines.count == 1)
        #expect(lines.first?.contains("pipelines stay as they are") == true)
        #expect(lines.first?.contains("mine.yaml:9:") == true, "\(lines)")

        _ = try folder.write(Self.pipeline(ceiling: "-2 dBFS"), to: "mine.yaml")
        #expect(server.reload(configuration) == [])
    }

    @Test func `another certificate is shown to new connections`() throws {
        let folder = try TemporaryFolder()
        let other = try TemporaryFolder()
        // Two servers make two certificates; their files then stand for an ordinary one that is renewed.
        for folder in [folder, other] { try TestServer.run(["gateway.tls.development": folder.path]) { _ in } }
        let (certificate, key) = ("\(folder.path)/parley-dev.crt", "\(folder.path)/parley-dev.key")
        let configuration = try TestServer.configuration([
            "gateway.tls.certificate": certificate, "gateway.tls.key": key,
        ])
        let server = try VoiceServer.startAndWait(configuration, logger: .quiet)
        defer { server.stopAndWait() }
        let port = server.gatewayEndpoint.port
        let first = try WebSocketClient(port: port, trusting: certificate)
        _ = try first.read()

        let files = FileManager.default
        for (from, to) in [("\(other.path)/parley-dev.crt", certificate), ("\(other.path)/parley-dev.key", key)] {
            try files.removeItem(atPath: to)
            try files.copyItem(atPath: from, toPath: to)
        }
        let lines = server.reload(configuration)
        #expect(lines.count == 1 && lines.first?.hasPrefix("the certificate is ") == true, "\(lines)")
        _ = try WebSocketClient(port: port, trusting: certificate).read()
        first.send(opcode: 9, [1])
        #expect(try first.read().opcode == 10, "who was there stays")

        _ = try folder.write("nonsense", to: "parley-dev.key")
        #expect(server.reload(configuration).first?.hasPrefix("the certificate stays as it is") == true)
        _ = try WebSocketClient(port: port, trusting: certificate).read()
    }

    @Test func `the level of the log changes, and what cannot change is said`() throws {
        let logging = LineLog.Settings(level: .critical, isJSON: false)
        let server = try VoiceServer.startAndWait(
            try TestServer.configuration(), logger: .quiet, logging: logging)
        defer { server.stopAndWait() }
        let lines = server.reload(
            try TestServer.configuration(["log.level": "debug", "region": "elsewhere", "gateway.unsent": "1 MiB"]))
        #expect(logging.level == .debug)
        #expect(
            lines == [
                "log.level is debug now", "region has changed, but takes a restart",
                "gateway.unsent has changed, but takes a restart",
            ])
    }
}
