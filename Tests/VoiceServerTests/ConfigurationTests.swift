import Foundation
import Testing
import VoiceServer

@Suite struct ConfigurationTests {
    private func problems(_ text: String, environment: [String: String] = [:]) -> String {
        do {
            _ = try ServerConfiguration.load(text: text, file: "voice.yaml", environment: environment)
            return ""
        } catch {
            return "\(error)"
        }
    }

    @Test func `an empty file is the defaults`() throws {
        let configuration = try ServerConfiguration.load(text: "", file: "voice.yaml")
        #expect(configuration.gateway == ServerConfiguration().gateway)
        #expect(configuration.media == ServerConfiguration().media)
        #expect(configuration.api == ServerConfiguration().api)
        #expect(configuration.gateway.listen.port == 4443)
        #expect(configuration.api.listen.isLoopback)
    }

    @Test func `every default is a value of its key`() {
        for setting in ServerConfiguration.settings {
            guard let text = setting.defaultText else { continue }
            let key = setting.path.split(separator: ".").reversed().reduce(text) { "{ \($1): \($0) }" }
            #expect(problems(key) == "", "\(setting.path)")
        }
    }

    @Test func `the printed configuration is read as the defaults`() throws {
        let configuration = try ServerConfiguration.load(text: ServerConfiguration.template, file: "template.yaml")
        #expect(configuration.gateway == ServerConfiguration().gateway)
        #expect(configuration.media == ServerConfiguration().media)
        for setting in ServerConfiguration.settings {
            let key = setting.path.split(separator: ".").last ?? ""
            #expect(ServerConfiguration.template.contains("\(key):"), "\(setting.path)")
        }
    }

    @Test(arguments: [
        ("gateway:\n  listn: 0.0.0.0:1", "voice.yaml:2:3: error: unknown key 'listn' in 'gateway'", "'listen'"),
        ("listen: 0.0.0.0:1", "voice.yaml:1:1: error: unknown key 'listen'", "'gateway'"),
        ("gateway: { heartbeat: 5 }", "voice.yaml:1:23: error: '5' has no unit", "1 s to 300 s"),
        ("gateway: { listen: here }", "voice.yaml:1:20: error: 'here' is no address", "HOST:PORT"),
        ("gateway:\n  listen: ::1:4443", "voice.yaml:2:11: error:", "[::1]:4443"),
        ("gateway: { message: 3 }", "'gateway.message' is out of range", "1 KiB to 1 MiB"),
        ("gateway: { message: 3 pounds }", "is no size", "1 KiB to 1 MiB"),
        ("gateway: 5", "voice.yaml:1:10: error: 'gateway' takes keys and values", "heartbeat"),
        ("media: { ports: 9-3 }", "voice.yaml:1:17: error: '9-3' is no range of ports", "FIRST-LAST"),
        ("media: { ports: 70000 }", "is no range of ports", "FIRST-LAST"),
        ("log: { level: inf }", "voice.yaml:1:15: error: 'log.level' cannot be 'inf'", "did you mean 'info'?"),
        ("region: [a, b]", "voice.yaml:1:9: error: 'region' takes one value", "a text"),
        ("pipelines: [{ a: b }]", "voice.yaml:1:13: error: 'pipelines' is a list of texts", ""),
        ("region: a\nregion: b", "voice.yaml:1:1: error: 'region' is written twice", "once"),
        ("- a", "a configuration is a mapping", ""),
        ("region: *other", "anchors", ""),
        (
            "gateway: { tls: { certificate: a.pem } }", "voice.yaml:1:32: error: 'gateway.tls.certificate' is set",
            "both"
        ),
        (
            "gateway: { tls: { certificate: a.pem, key: b.pem, development: c } }",
            "voice.yaml:1:64: error: there is a certificate", "take away"
        ),
        ("api: { listen: 0.0.0.0:4480 }", "voice.yaml:1:16: error: the API would be open to everybody", "api.secret"),
        ("api: { secret: a, secret-file: b }", "voice.yaml:1:32: error: 'api.secret' and", "keep one"),
        ("media: { shards: 4, ports: 5000-5002 }", "3 ports are too few for 4 shards", "one port"),
        ("guilds: 5", "voice.yaml:1:9: error: 'guilds' is a list", ""),
        ("guilds: [5]", "voice.yaml:1:10: error: a guild is a mapping", ""),
    ])
    func `what is wrong is said with its place and what to do`(text: String, message: String, advice: String) {
        let problems = problems(text)
        #expect(problems.contains(message), "\(problems)")
        #expect(advice.isEmpty || problems.contains(advice), "\(problems)")
    }

    @Test func `everything that is wrong is said at once`() {
        let problems = problems(
            "regio: a\ngateway: { heartbeat: 5 }", environment: ["PARLEY_VOICE_API_BODY": "3", "PARLEY_VOICE_X": "1"])
        for part in [
            "voice.yaml:1:1", "voice.yaml:2:23", "PARLEY_VOICE_API_BODY: ", "PARLEY_VOICE_X: there is no such key",
        ] {
            #expect(problems.contains(part), "\(part) in \(problems)")
        }
    }

    @Test func `options win over variables, variables over the file`() throws {
        func region(_ environment: [String: String], _ options: [(String, String, String)]) throws -> String {
            try ServerConfiguration.load(
                text: "region: file", file: "voice.yaml", environment: environment,
                options: options.map { (option: $0.0, path: $0.1, text: $0.2) }
            ).region
        }
        let variable = ["PARLEY_VOICE_REGION": "variable", "PARLEY_OTHER": "x", "HOME": "/"]
        #expect(try region([:], []) == "file")
        #expect(try region(variable, []) == "variable")
        #expect(try region(variable, [("--set", "region", "option")]) == "option")
    }

    @Test func `every key has a variable of its own`() throws {
        let names = ServerConfiguration.settings.map(\.variable)
        #expect(Set(names).count == names.count)
        let environment = [
            "PARLEY_VOICE_GATEWAY_LISTEN": "[::1]:5", "PARLEY_VOICE_GATEWAY_RESUME_WINDOW": "5 s",
            "PARLEY_VOICE_PIPELINES": "stage, guild-voice", "PARLEY_VOICE_MEDIA_PORTS": "6000-6001",
        ]
        let configuration = try ServerConfiguration.load(text: "", file: "voice.yaml", environment: environment)
        #expect(configuration.gateway.listen == ServerAddress(host: "::1", port: 5))
        #expect(configuration.gateway.resumeWindow == .seconds(5))
        #expect(configuration.pipelines == ["stage", "guild-voice"])
        #expect(configuration.media.ports == 6000...6001)
    }

    @Test func `a nearly right variable is recognised`() {
        let problems = problems("", environment: ["PARLEY_VOICE_GATEWAY_LISTN": "x"])
        #expect(problems.contains("did you mean PARLEY_VOICE_GATEWAY_LISTEN?"))
    }

    @Test func `the secret is the first line of its file`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("hunter2\nnot this\n", to: "secret")
        let configuration = try ServerConfiguration.load(text: "api: { secret-file: \(path) }", file: "voice.yaml")
        #expect(configuration.api.secret == "hunter2")
        let empty = try folder.write("\n", to: "empty")
        #expect(problems("api: { secret-file: \(empty) }").contains("is empty"))
        #expect(problems("api: { secret-file: \(folder.path)/none }").contains("No such file"))
    }

    @Test func `a missing file is said by its name`() {
        #expect(throws: (any Error).self) { try ServerConfiguration.load(path: "/nowhere/voice.yaml") }
    }
}
