import Foundation
import Testing

@Suite struct MixCommandTests {
    static let meeting = Shell.root + "/samples/meeting"

    @Test func `a folder is mixed, and the table says who spoke`() throws {
        let folder = try TemporaryFolder()
        let result = try Shell.parley("mix", Self.meeting, "-o", folder.file("mix.opus"))
        #expect(result.status == 0, "\(result.error)")
        for name in ["alice", "bob", "carol", "dave"] { #expect(result.text.contains(name)) }
        #expect(result.text.contains("LUFS"))
        #expect(result.error.isEmpty, "no progress where there is no terminal")
        let info = try Shell.sh("opusinfo \(folder.file("mix.opus"))")
        #expect(info.status == 0)
        #expect(info.text.contains("Playback length: 0m:40.000s"))
        #expect(!(info.text + info.error).contains("WARNING"))
        #expect(folder.files == ["mix.opus"])
    }

    @Test(arguments: ["wav", "flac", "ogg", "aiff", "opus"])
    func `the extension chooses the format`(name: String) throws {
        let folder = try TemporaryFolder()
        let out = folder.file("mix.\(name)")
        #expect(try Shell.parley("mix", Self.meeting, "-o", out, "--quiet").status == 0)
        let probe = try Shell.sh("ffprobe -v error -show_entries format=duration -of csv=p=0 \(out)")
        let duration = try #require(Double(probe.text.trimmingCharacters(in: .whitespacesAndNewlines)))
        #expect((duration - 40).magnitude < 0.04)
    }

    @Test(arguments: ["opus", "wav", "flac"], ["| cat >", ">"])
    func `standard output takes the same sound as a file`(format: String, redirection: String) throws {
        let folder = try TemporaryFolder()
        let file = folder.file("mix.\(format)")
        let piped = folder.file("piped.\(format)")
        #expect(try Shell.parley("mix", Self.meeting, "-o", file, "-q").status == 0)
        let line = "'\(Shell.parley)' mix \(Self.meeting) -o - --format \(format) -q \(redirection) \(piped)"
        #expect(try Shell.sh(line).status == 0)
        let decode = { (path: String) in try Shell.sh("ffmpeg -v error -i \(path) -f s16le - | md5sum").text }
        #expect(try decode(file) == decode(piped))
    }

    @Test func `standard input is an input, Ogg Opus or not`() throws {
        let folder = try TemporaryFolder()
        try Shell.sh("opusdec --quiet \(Self.meeting)/alice.opus alice.wav", in: folder.path)
        for source in [Self.meeting + "/alice.opus", folder.file("alice.wav")] {
            let data = try Data(contentsOf: URL(filePath: source))
            let result = try Shell.run(
                [Shell.parley, "mix", "-", Self.meeting + "/bob.opus", "-o", folder.file("mix.wav"), "--force"],
                input: data)
            #expect(result.status == 0, "\(result.error)")
            #expect(result.text.contains("stdin"))
        }
    }

    @Test func `a clock of seconds, minutes or hours places a participant`() throws {
        let folder = try TemporaryFolder()
        for offset in ["90s", "1m30s", "1:30", "90", "0:01:30"] {
            let result = try Shell.parley(
                "mix", Self.meeting, "-o", folder.file("m.wav"), "--offset", "bob=\(offset)", "--json", "--force")
            #expect(result.status == 0)
            let json = try #require(try JSONSerialization.jsonObject(with: result.output) as? [String: Any])
            #expect(json["duration"] as? Double == 130)
            #expect((json["participants"] as? [Any])?.count == 4)
        }
    }

    @Test func `Ctrl-C leaves nothing behind`() throws {
        let folder = try TemporaryFolder()
        // Standard input stays open, so the mix waits for it; its temporary file is there as soon as it does.
        let line = """
            mkfifo pipe; exec 3<>pipe; head -c 20000 \(Self.meeting)/alice.opus >&3
            '\(Shell.parley)' mix - \(Self.meeting)/bob.opus -o mix.wav < pipe & pid=$!
            for i in $(seq 3000); do ls -A | grep -q 'parley-' && break; done
            kill -INT $pid; wait $pid
            """
        let result = try Shell.sh(line, in: folder.path)
        #expect(result.status == 130, "\(result.error)")
        #expect(folder.files == ["pipe"])
    }

    @Test func `stems are one aligned file per participant`() throws {
        let folder = try TemporaryFolder()
        let result = try Shell.parley(
            "mix", Self.meeting, "-o", folder.file("mix.wav"), "--stems", folder.file("stems"), "-q")
        #expect(result.status == 0, "\(result.error)")
        let stems = try FileManager.default.contentsOfDirectory(atPath: folder.file("stems")).sorted()
        #expect(stems == ["alice.wav", "bob.wav", "carol.wav", "dave.wav"])
        for stem in stems {
            #expect(try Shell.sh("soxi -s \(folder.file("stems"))/\(stem)").text == "1920000\n")
        }
    }

    @Test func `help names every option and the exit statuses`() throws {
        let text = try Shell.parley("mix", "--help").text
        for option in [
            "--offset", "--gain", "--pan", "--minus", "--stems", "--jobs", "--from", "--to", "--force", "--report",
            "--strict", "--json",
        ] {
            #expect(text.contains(option))
        }
        #expect(text.contains("Exit status"))
    }
}
