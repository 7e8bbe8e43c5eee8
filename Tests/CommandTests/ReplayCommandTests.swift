import Foundation
import Testing

/// `parley voice --capture` and `parley replay` as processes.
@Suite(.timeLimit(.minutes(3))) struct ReplayCommandTests {
    /// A session of a few seconds: one talks, one listens. `session.pcapng`, the server's `log`, what the calls said.
    static func record(in folder: TemporaryFolder) throws {
        let result = try Shell.sh(
            """
            '\(Shell.parley)' voice --dev secret --listen 127.0.0.1:0 --api 127.0.0.1:0 --media 127.0.0.1 --ports 0 \
              --shards 1 --capture session.pcapng 2> log &
            server=$!
            timeout 20 sh -c "until grep -q ' serving ' log; do sleep 0.05; done"
            gateway=$(sed -n 's/.* serving gateway=//p' log)
            '\(Shell.parley)' call $gateway --guild 1 --user 7 --session a --token secret --duration 3s \
              --play '\(Shell.root)/samples/meeting/alice.opus' > talker 2>&1 &
            talker=$!
            '\(Shell.parley)' call $gateway --guild 1 --user 8 --session b --token secret --duration 3s \
              --record heard.wav > listener 2>&1
            wait $talker; echo "talker $?"; kill -TERM $server; wait $server; echo "server $?"; cat log talker listener
            """, in: folder.path)
        try #require(result.text.hasPrefix("talker 0\nserver 0\n"), "\(result.text)\(result.error)")
        try #require(result.text.contains("the session is in session.pcapng ("), "\(result.text)")
    }

    /// The key of one of the session's members, as `--srtp-key` takes it.
    static func keys(_ folder: TemporaryFolder) throws -> [String] {
        let text = String(decoding: try Data(contentsOf: URL(filePath: folder.file("session.pcapng"))), as: UTF8.self)
        return text.matches(of: /"outbound":\{"secret":"([^"]+)","suite":"([^"]+)"/).map {
            "\($0.output.2):\($0.output.1.replacing("\\/", with: "/"))"
        }
    }

    @Test func `what was captured is played again: who spoke, and the same datagrams each time`() throws {
        let folder = try TemporaryFolder()
        try Self.record(in: folder)
        let permissions = try FileManager.default.attributesOfItem(atPath: folder.file("session.pcapng"))
        #expect((permissions[.posixPermissions] as? NSNumber)?.intValue == 0o600, "it holds keys")

        let replayed = try Shell.parley("replay", "session.pcapng", "-o", "sent.pcapng", in: folder.path)
        #expect(replayed.status == 0 && replayed.error.isEmpty, "\(replayed.error)")
        #expect(replayed.text.contains(/\n?0\.\d s  room 1\/1  member \d+ speaks\n/), "\(replayed.text)")
        let counts = try #require(replayed.text.firstMatch(of: /: (\d+) datagrams in, (\d+) out; (\d+) commands/))
        let (came, went) = (Int(counts.output.1) ?? 0, Int(counts.output.2) ?? 0)
        #expect(came > 100 && went > 50, "\(replayed.text)")

        // Whatever the listener got is there; what was on its way when it left may be, too.
        let listener = try String(contentsOf: URL(filePath: folder.file("listener")), encoding: .utf8)
        let heard = try #require(listener.firstMatch(of: /; (\d+) packets, \d+ kB\n *\d+ lost/))
        #expect(went >= (Int(heard.output.1) ?? 0), "\(listener)\(replayed.text)")

        let again = try Shell.parley("replay", "session.pcapng", "-o", "again.pcapng", "--quiet", in: folder.path)
        #expect(again.status == 0 && again.text.isEmpty)
        let files = try ["sent.pcapng", "again.pcapng"].map { try Data(contentsOf: URL(filePath: folder.file($0))) }
        #expect(files[0] == files[1])

        // Sealed as it was: with the session's own keys it is heard.
        let keys = try Self.keys(folder)
        #expect(keys.count == 2)
        try keys.joined(separator: "\n").write(toFile: folder.file("keys"), atomically: true, encoding: .utf8)
        let mixes = try keys.map { key in
            try Shell.parley("mix", "sent.pcapng", "-o", "-", "--format", "wav", "--srtp-key", key, in: folder.path)
        }
        #expect(mixes.contains { $0.status == 0 && $0.output.count > 96_000 }, "\(mixes.map(\.error))")
    }

    @Test func `what exists is kept`() throws {
        let folder = try TemporaryFolder()
        try Data("mine".utf8).write(to: URL(filePath: folder.file("session.pcapng")))
        let voice = try Shell.parley(
            "voice", "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0", "--media", "127.0.0.1", "--ports", "0",
            "--capture", "session.pcapng", in: folder.path)
        #expect(
            voice.status == 73 && voice.error.contains("'session.pcapng' exists; --force overwrites it"), "\(voice)")
        #expect(try Data(contentsOf: URL(filePath: folder.file("session.pcapng"))) == Data("mine".utf8))
        let named = try Shell.parley("voice", "--capture", "session.pcap", in: folder.path)
        #expect(named.status == 64 && named.error.contains("end the name in .pcapng"), "\(named.error)")
    }

    @Test(arguments: [
        (["replay", "none.pcapng"], 66, "cannot read 'none.pcapng': No such file"),
        (["replay", "\(Shell.root)/samples/meeting-hotel.pcapng"], 65, "'parley voice --capture' writes one"),
        (["replay", "\(Shell.root)/samples/meeting/alice.opus"], 65, "is no packet capture"),
        (["replay", "empty.pcapng"], 65, "'empty.pcapng' is empty"),
        (["replay", "empty.pcapng", "-o", "sent.wav"], 64, "end it in .pcapng or .pcap"),
        (["replay", "empty.pcapng", "-o", "there.pcapng"], 73, "'there.pcapng' exists; --force overwrites it"),
    ])
    func `what cannot be played is refused with what to do`(line: [String], status: Int, words: String) throws {
        let folder = try TemporaryFolder()
        for file in ["empty.pcapng", "there.pcapng"] {
            try Data().write(to: URL(filePath: folder.file(file)))
        }
        let result = try Shell.run([Shell.parley] + line, in: folder.path)
        #expect(result.status == status, "\(result.error)")
        #expect(result.error.contains(words), "\(result.error)")
        #expect(folder.files == ["empty.pcapng", "there.pcapng"], "nothing is left behind")
    }

    @Test func `a session that is cut off is played up to there, and said to be`() throws {
        let folder = try TemporaryFolder()
        try Self.record(in: folder)
        let whole = try Data(contentsOf: URL(filePath: folder.file("session.pcapng")))
        try whole.prefix(whole.count / 2).write(to: URL(filePath: folder.file("half.pcapng")))
        let half = try Shell.parley("replay", "half.pcapng", "-o", "sent.pcapng", in: folder.path)
        #expect(half.status == 0 && half.text.contains(" datagrams in, "), "\(half.error)")
        #expect(
            half.error.contains(/'half.pcapng' is cut off after \d+\.\d s of the session; .*Copy it again/),
            "\(half.error)")
        #expect(folder.files.contains("sent.pcapng"))
        let strict = try Shell.parley("replay", "half.pcapng", "--strict", "-o", "other.pcapng", in: folder.path)
        #expect(strict.status == 65 && strict.error.contains("is cut off"), "\(strict.error)")
        #expect(!folder.files.contains("other.pcapng"))
        // At every block's beginning, and between.
        for bytes in [40, 100, 200, 400, 1000] {
            try whole.prefix(bytes).write(to: URL(filePath: folder.file("head.pcapng")))
            let head = try Shell.parley("replay", "head.pcapng", in: folder.path)
            #expect(head.error.contains("is cut off") || head.error.contains("but not of a session"), "\(head)")
        }
    }
}
