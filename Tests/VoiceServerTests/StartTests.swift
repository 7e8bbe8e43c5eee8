import Foundation
import Testing
import VoiceServer

@Suite struct StartTests {
    private func failure(_ settings: KeyValuePairs<String, String>, file: String = "") -> String {
        do {
            try TestServer.run(settings, file: file) { _ in }
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `a server starts and stops any number of times, also for those who can await`() async throws {
        for _ in 0..<3 {
            let server = try await VoiceServer.start(try TestServer.configuration(), logger: .quiet)
            #expect(server.gatewayEndpoint.port > 0 && server.apiEndpoint.port > 0)
            #expect(server.mediaEndpoints.count == 1)
            await server.stop()
            await server.stop()
        }
    }

    @Test func `a port that is taken is said by its key`() throws {
        try TestServer.run { server in
            let port = "127.0.0.1:\(server.gatewayEndpoint.port)"
            #expect(failure(["gateway.listen": port]).contains("cannot listen on \(port) (gateway.listen)"))
            #expect(failure(["api.listen": port]).contains("cannot listen on \(port) (api.listen)"))
        }
    }

    @Test(arguments: [
        ("default-pipeline: guild-voic", "did you mean 'guild-voice'?"),
        ("pipelines: [/nowhere/a.yaml]", "/nowhere/a.yaml"),
        ("pipelines: [guild-voice, guild-voice]", "two of 'pipelines' are called 'guild-voice'"),
        ("guilds:\n  - { guild_id: 7, epoch: 1, revision: 1, chanels: [] }", "line 2"),
    ])
    func `what cannot be served is refused at the start`(file: String, message: String) {
        let text = failure([:], file: file)
        #expect(text.contains(message), "\(text)")
    }

    @Test func `a pipeline without packets cannot run live`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(
            """
            pipeline: files
            format: { rate: 48 kHz, channels: mono, frame: 20 ms }
            participant:
              - opus.decode
            room:
              - mix: { exclude: self }
            listener:
              - opus.encode
            """, to: "files.yaml")
        #expect(failure(["pipelines": path]).contains("pipeline 'files' cannot run live: it takes opus"))
    }

    @Test func `an address that is not this machine's is refused`() {
        #expect(failure(["media.listen": "nowhere.invalid"]).contains("nowhere.invalid"))
        #expect(failure(["media.listen": "192.0.2.1"]).contains("192.0.2.1"))
        #expect(failure(["gateway.listen": "192.0.2.1:0"]).contains("gateway.listen"))
    }

    @Test func `guilds of the configuration are there from the start`() throws {
        let file = """
            guilds:
              - guild_id: 7
                epoch: 1
                revision: 1
                channels:
                  - { channel_id: "70", pipeline: default, places: 4 }
                voice_states:
                  - { user_id: 700, channel_id: 70, session_id: "1", token: secret, mute: true }
            """
        try TestServer.run([:], file: file) { server in
            let guild = try HTTPCall("GET", "/v1/guilds/7", port: server.apiEndpoint.port)
            #expect(guild.status == 200)
            #expect(guild.text.contains("\"user_id\":\"700\""))
            #expect(guild.text.contains("\"places\":4"))
        }
    }

    @Test func `systemd is told when the server is ready`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/notify"
        let socket = try DatagramListener(path: path)
        let notifier = ServiceNotifier(environment: ["NOTIFY_SOCKET": path])
        notifier.ready("serving")
        #expect(socket.receive() == "READY=1\nSTATUS=serving")
        notifier.stopping()
        #expect(socket.receive() == "STOPPING=1")
        ServiceNotifier(environment: [:]).ready("nobody")
    }
}
