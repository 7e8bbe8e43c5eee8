import Foundation
import Testing

/// Everything that can be wrong with what is given to `parley mix`: one line, an exit status, nothing left behind.
@Suite struct BadInputTests {
    static let meeting = Shell.root + "/samples/meeting"

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Makes the bad thing, in a fresh folder.
        var setUp: String
        /// Arguments after `mix`, in that folder; `{m}` is the sample meeting.
        var arguments: String
        var status: Int32
        /// What the line must say.
        var says: [String]
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(
            name: "a missing file", setUp: "", arguments: "gone.opus -o x.wav", status: 66,
            says: ["gone.opus", "No such file"]),
        Case(
            name: "an empty file", setUp: ": > e.opus", arguments: "e.opus -o x.wav", status: 65,
            says: ["e.opus", "empty"]),
        Case(
            name: "an empty WAV", setUp: ": > e.wav", arguments: "e.wav -o x.wav", status: 65, says: ["e.wav", "empty"]),
        Case(
            name: "text", setUp: "echo hello > t.wav", arguments: "t.wav -o x.wav", status: 65, says: ["t.wav", "text"]),
        Case(
            name: "random bytes", setUp: "head -c 5000 /dev/urandom > r.mp3", arguments: "r.mp3 -o x.wav", status: 65,
            says: ["r.mp3"]),
        Case(
            name: "a video", setUp: "ffmpeg -v error -f lavfi -i sine=d=1 -c:a aac v.m4a", arguments: "v.m4a -o x.wav",
            status: 65, says: ["v.m4a", "MP4", "ffmpeg -i"]),
        Case(
            name: "WebM", setUp: "ffmpeg -v error -f lavfi -i sine=d=1 -c:a libopus v.webm",
            arguments: "v.webm -o x.wav",
            status: 65, says: ["Matroska or WebM"]),
        Case(
            name: "a folder without audio", setUp: "mkdir d; echo > d/a.txt", arguments: "d -o x.wav", status: 66,
            says: ["no audio in folder 'd'"]),
        Case(
            name: "a cut header", setUp: "head -c 40 {m}/bob.opus > c.opus", arguments: "c.opus -o x.wav", status: 65,
            says: ["c.opus"]),
        Case(
            name: "no sound after the headers", setUp: "head -c 60 {m}/bob.opus > c.opus", arguments: "c.opus -o x.wav",
            status: 65, says: ["c.opus"]),
        Case(
            name: "two inputs of one name", setUp: "mkdir a b; cp {m}/bob.opus a; cp {m}/alice.opus b/bob.opus",
            arguments: "a/bob.opus b/bob.opus -o x.wav", status: 64,
            says: ["both called 'bob'", "OTHER-NAME=b/bob.opus"]),
        Case(
            name: "output is an input", setUp: "cp {m}/bob.opus .", arguments: "bob.opus -o bob.opus --force",
            status: 64, says: ["'bob.opus' is the input"]),
        Case(
            name: "output exists", setUp: "echo > x.wav", arguments: "{m}/bob.opus -o x.wav", status: 73,
            says: ["exists", "--force"]),
        Case(
            name: "output is a folder", setUp: "mkdir x.wav", arguments: "{m}/bob.opus -o x.wav --force", status: 73,
            says: ["is a folder"]),
        Case(
            name: "output into no folder", setUp: "", arguments: "{m}/bob.opus -o no/x.wav", status: 73,
            says: ["no/x.wav", "No such file"]),
        Case(
            name: "an unknown extension", setUp: "", arguments: "{m}/bob.opus -o x.wva", status: 64,
            says: ["did you mean 'wav'?"]),
        Case(
            name: "an input that is a folder inside a name", setUp: "mkdir d", arguments: "a=d -o x.wav", status: 64,
            says: ["takes no name"]),
        Case(
            name: "a lying WAV: channels", setUp: lyingWAV(22, "\\000\\000"), arguments: "l.wav -o x.wav", status: 65,
            says: ["0 channels"]),
        Case(
            name: "a lying WAV: rate", setUp: lyingWAV(24, "\\000\\000\\000\\000"), arguments: "l.wav -o x.wav",
            status: 65, says: ["0 Hz"]),
        Case(
            name: "a lying WAV: bytes", setUp: lyingWAV(32, "\\007\\000"), arguments: "l.wav -o x.wav", status: 65,
            says: ["7 bytes"]),
        Case(
            name: "too many channels", setUp: "sox -n -c 6 s.wav synth 1 sine 440", arguments: "s.wav -o x.wav",
            status: 65, says: ["6 channels", "-ac 2"]),
        Case(
            name: "surround Opus", setUp: "ffmpeg -v error -f lavfi -i anullsrc=cl=5.1 -t 1 -c:a libopus s.opus",
            arguments: "s.opus -o x.wav", status: 65, says: ["6 channels"]),
        Case(
            name: "an offset of nobody", setUp: "", arguments: "{m} -o x.wav --offset bbo=3s", status: 64,
            says: ["no participant is called 'bbo'", "did you mean 'bob'?"]),
        Case(
            name: "an offset that is no time", setUp: "", arguments: "{m} -o x.wav --offset bob=soon", status: 64,
            says: ["bob=soon"]),
        Case(
            name: "an offset beyond the end", setUp: "", arguments: "{m} -o x.wav --offset bob=50s --to 45s",
            status: 64, says: ["--offset bob=50s", "beyond --to"]),
        Case(
            name: "an offset before the beginning", setUp: "", arguments: "{m} -o x.wav --offset=bob=-50s", status: 64,
            says: ["beyond its end", "lasts 40 s"]),
        Case(
            name: "from beyond the end", setUp: "", arguments: "{m} -o x.wav --from 2m", status: 64,
            says: ["--from 120 s is beyond the end"]),
        Case(
            name: "to before from", setUp: "", arguments: "{m} -o x.wav --from 5 --to 3", status: 64,
            says: ["not after"]),
        Case(name: "minus nobody", setUp: "", arguments: "{m} -o x.wav --minus eve", status: 64, says: ["'eve'"]),
        Case(
            name: "pan in a mono pipeline", setUp: "", arguments: "{m} -o x.wav --pan bob=L50", status: 64,
            says: ["is mono", "podcast"]),
        Case(
            name: "an unknown pipeline", setUp: "", arguments: "{m} -o x.wav -p meating", status: 66,
            says: ["did you mean 'meeting'?"]),
        Case(
            name: "a bad pipeline", setUp: "echo 'pipeline: x' > p.yaml", arguments: "{m} -o x.wav -p p.yaml",
            status: 78, says: ["p.yaml:1:1: error:"]),
        Case(
            name: "a full disk", setUp: "", arguments: "{m} -o - --format wav > /dev/full", status: 74,
            says: ["No space left"]),
        Case(
            name: "a report that exists", setUp: "echo > r.html", arguments: "{m} -o x.wav --report r.html", status: 73,
            says: ["r.html", "--force"]),
    ]

    /// A WAV with some bytes of its header replaced.
    private static func lyingWAV(_ offset: Int, _ bytes: String) -> String {
        "sox -n -r 48000 -c 1 -b 16 l.wav synth 1 sine 440; printf '\(bytes)' | dd of=l.wav bs=1 seek=\(offset) conv=notrunc status=none"
    }

    @Test(arguments: cases)
    func `one line, a status, and nothing left behind`(_ bad: Case) throws {
        let folder = try TemporaryFolder()
        let fill = { (text: String) in text.replacing("{m}", with: Self.meeting) }
        try Shell.sh(fill(bad.setUp), in: folder.path)
        let before = folder.files
        let result = try Shell.sh("'\(Shell.parley)' mix \(fill(bad.arguments))", in: folder.path)
        #expect(result.status == bad.status, "\(result.error)")
        for words in bad.says { #expect(result.error.contains(words), "\(result.error)") }
        #expect(folder.files == before)
        let errors = result.error.split(separator: "\n").filter { $0.contains("rror:") }
        #expect(errors.count >= 1)
        #expect(!result.error.contains("Fatal") && !result.error.contains("Backtrac"))
    }

    struct Damage: Sendable, CustomTestStringConvertible {
        var name: String
        var make: String
        var says: [String]
        var testDescription: String { name }
    }

    static let damaged: [Damage] = [
        Damage(
            name: "a truncated Opus file", make: "head -c 60000 {m}/bob.opus > d.opus",
            says: ["'d.opus' at", "cut off"]),
        Damage(
            name: "an Opus file with a hole",
            make: "head -c 50000 {m}/bob.opus > d.opus; tail -c +70000 {m}/bob.opus >> d.opus",
            says: ["'d.opus' at", "missing", "concealed"]),
        Damage(
            name: "flipped bytes",
            make: "cp {m}/bob.opus d.opus; printf XXXXXXXX | dd of=d.opus bs=1 seek=60000 conv=notrunc status=none",
            says: ["'d.opus' at", "damaged"]),
        Damage(
            name: "a WAV that is cut off",
            make: "sox -n -r 48000 f.wav synth 4 sine 440; head -c 100000 f.wav > d.wav; rm f.wav",
            says: ["'d.wav'", "its header promises"]),
        Damage(
            name: "a WAV that was streamed", make: "ffmpeg -v error -f lavfi -i sine=d=2 -f wav - | cat > d.wav",
            says: ["'d.wav'", "does not say how long"]),
        Damage(
            name: "a WAV with numbers that are none",
            make:
                "sox -n -r 48000 -e floating-point -b 32 d.wav synth 1 sine 440; printf '\\377\\377\\377\\377' | dd of=d.wav bs=1 seek=9000 conv=notrunc status=none",
            says: ["'d.wav'", "no numbers"]),
        Damage(
            name: "a truncated FLAC",
            make: "sox -n -r 48000 f.flac synth 4 pinknoise; head -c 100000 f.flac > d.flac; rm f.flac",
            says: ["'d.flac'"]),
    ]

    @Test(arguments: damaged)
    func `damage that leaves the rest usable is a warning, an error with --strict`(_ damage: Damage) throws {
        let folder = try TemporaryFolder()
        try Shell.sh(damage.make.replacing("{m}", with: Self.meeting), in: folder.path)
        let line = "'\(Shell.parley)' mix d.* other=\(Self.meeting)/alice.opus -o x.wav -q"
        let result = try Shell.sh(line, in: folder.path)
        #expect(result.status == 0, "\(result.error)")
        #expect(result.error.contains("warning:"))
        for words in damage.says { #expect(result.error.contains(words), "\(result.error)") }
        #expect(folder.files.contains("x.wav"))
        #expect(try Shell.sh(line + " --strict --force", in: folder.path).status == 65)
    }

    @Test func `an unreadable file is refused`() throws {
        // Root may read everything; a path through a file fails for everyone in the same way.
        let result = try Shell.parley("mix", Self.meeting + "/bob.opus/x.opus", "-o", "/tmp/x.wav")
        #expect(result.status == 66)
        #expect(result.error.contains("Not a directory"))
    }

    @Test func `a disk that fills up midway leaves nothing behind`() throws {
        let folder = try TemporaryFolder()
        // A limit on the size of files stands in for a full disk: the same write fails in the same way.
        let line = "trap '' XFSZ; ulimit -f 100; '\(Shell.parley)' mix \(Self.meeting) -o x.wav"
        let result = try Shell.sh(line, in: folder.path)
        #expect(result.status == 74, "\(result.error)")
        #expect(result.error.contains("cannot write 'x.wav'"))
        #expect(folder.files.isEmpty)
    }
}
