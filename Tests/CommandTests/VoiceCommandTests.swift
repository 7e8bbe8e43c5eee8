import Foundation
import Testing

/// `parley voice` as a process: its signals and its configuration.
@Suite struct VoiceCommandTests {
    @Test func `signals reload and end a server`() throws {
        let folder = try TemporaryFolder()
        let result = try Shell.sh(
            """
            until_said() { timeout 20 sh -c "until grep -q '$1' log; do sleep 0.05; done"; }
            '\(Shell.parley)' voice --listen 127.0.0.1:0 --api 127.0.0.1:0 --media 127.0.0.1 --ports 0 --shards 1 2> log &
            server=$!
            until_said ' serving ' && kill -HUP $server && until_said 'reload: nothing' && kill -TERM $server
            wait $server; echo "status $?"; cat log
            """, in: folder.path)
        #expect(result.text.hasPrefix("status 0"), "\(result.text)")
        #expect(result.text.contains("NOTICE  stopped"), "\(result.text)")
    }

    @Test func `a configuration is printed, and what is printed is fine`() throws {
        let folder = try TemporaryFolder()
        let printed = try Shell.parley("voice", "--print-config")
        try printed.output.write(to: URL(filePath: folder.path + "/voice.yaml"))
        let checked = try Shell.parley("voice", "voice.yaml", "--check-config", in: folder.path)
        #expect(checked.status == 0, "\(checked.error)")
        #expect(checked.text == "voice.yaml is fine\n")
    }

    @Test func `a configuration that is wrong is refused with its place`() throws {
        let folder = try TemporaryFolder()
        try Data("gateway: { listn: 1 }\n".utf8).write(to: URL(filePath: folder.path + "/voice.yaml"))
        let checked = try Shell.parley(
            "voice", "voice.yaml", "--check-config", "--set", "rooms.place=1", in: folder.path)
        #expect(checked.status == 78)
        #expect(checked.error.contains("voice.yaml:1:12: error: unknown key 'listn'"), "\(checked.error)")
        #expect(checked.error.contains("did you mean 'rooms.places'?"), "\(checked.error)")
    }
}
