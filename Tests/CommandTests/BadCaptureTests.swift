import Foundation
import Testing

/// Everything that can be wrong with a capture and its keys: one line that says what, where and what to do, an exit
/// status, and nothing left behind.
@Suite struct BadCaptureTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        /// Makes the bad thing, in a fresh folder; `{s}` are the samples.
        var setUp = ""
        /// Arguments of `parley`, in that folder.
        var arguments: String
        var status: Int32
        /// What the line must say.
        var says: [String]
        var testDescription: String { name }
    }

    private static let noRTP =
        "{ head -c 24 m.pcap; printf '\\000\\000\\000\\001\\000\\000\\000\\000\\000\\000\\000\\037\\000\\000\\000\\037"
        + "\\105\\000\\000\\037\\000\\000\\000\\000\\100\\021\\000\\000\\012\\000\\000\\001\\012\\000\\000\\002"
        + "\\017\\240\\023\\214\\000\\013\\000\\000abc'; } > no.pcap; rm m.pcap"

    static let mixes: [Case] = [
        Case(
            name: "no key", arguments: "mix {s}/meeting-srtp.pcapng -o x.wav", status: 65,
            says: ["meeting-srtp.pcapng", "0x2bd806c9 (10.0.0.1:40002", "encrypted", "--srtp-key"]),
        Case(
            name: "a wrong key",
            arguments:
                "mix {s}/meeting-srtp.pcapng -o x.wav --srtp-key AEAD_AES_128_GCM:\(String(repeating: "A", count: 38))",
            status: 65, says: ["meeting-srtp.pcapng", "does not fit", "0x81b637d8", "check --srtp-key"]),
        Case(
            name: "a key that is too short",
            arguments: "mix {s}/meeting-srtp.pcapng -o x.wav --srtp-key AEAD_AES_128_GCM:AdZ3",
            status: 64, says: ["--srtp-key", "28 bytes of key and salt, but there are 3"]),
        Case(
            name: "an unknown suite", arguments: "mix {s}/meeting-srtp.pcapng -o x.wav --srtp-key ROT13:AdZ3",
            status: 64,
            says: ["unknown suite 'ROT13'", "aead-aes-128-gcm"]),
        Case(
            name: "a key file that is not there", arguments: "mix {s}/meeting-srtp.pcapng -o x.wav --srtp-key my.keys",
            status: 64, says: ["--srtp-key", "cannot read a file of keys 'my.keys'"]),
        Case(
            name: "a bad line in a key file", setUp: "printf '# mine\\n\\n0x1=AdZ3!\\n' > my.keys",
            arguments: "mix {s}/meeting-srtp.pcapng -o x.wav --srtp-key my.keys", status: 64,
            says: ["--srtp-key: my.keys:3:", "neither base64 nor hexadecimal"]),
        Case(
            name: "no RTP",
            setUp: "'{p}' impair {s}/meeting.pcapng -o m.pcap -q; " + noRTP, arguments: "mix no.pcap -o x.wav",
            status: 65,
            says: ["'no.pcap'", "no RTP stream among 1 UDP datagrams"]),
        Case(
            name: "an unknown stream", arguments: "mix {s}/meeting.pcapng -o x.wav --stream 10.0.0.9", status: 64,
            says: ["no stream matches --stream '10.0.0.9'", "0x2bd806c9 (10.0.0.1:40002 to"]),
        Case(
            name: "a stream without a capture", arguments: "mix {s}/meeting/bob.opus -o x.wav --stream 0x1", status: 64,
            says: ["--stream", "no input is one"]),
        Case(
            name: "a name for four", arguments: "mix all={s}/meeting.pcapng -o x.wav", status: 64,
            says: ["'all=", "4 Opus streams", "--stream"]),
        Case(
            name: "the input as output", setUp: "cp {s}/meeting.pcapng m.pcapng",
            arguments: "mix m.pcapng -o m.pcapng --force", status: 64, says: ["'m.pcapng' is the input"]),
        Case(
            name: "an output that exists", setUp: "echo > x.pcap", arguments: "mix {s}/meeting.pcapng -o x.pcap",
            status: 73,
            says: ["'x.pcap' exists", "--force"]),
        Case(
            name: "a key for sound", arguments: "mix {s}/meeting.pcapng -o x.wav --srtp-out-key AEAD_AES_128_GCM:AdZ3",
            status: 64, says: ["--srtp-out-key", "'x.wav' is an audio file"]),
        Case(
            name: "a pipeline that takes no packets",
            setUp:
                "printf 'pipeline: p\\nversion: 1\\nparticipant: [opus.decode]\\nroom: [mix]\\nlistener: [opus.encode]\\n' > p.yaml",
            arguments: "mix {s}/meeting.pcapng -o x.wav -p p.yaml", status: 78,
            says: ["pipeline 'p' takes no packets", "jitter.adaptive"]),
        Case(
            name: "a header alone", setUp: "head -c 100 {s}/meeting.pcapng > cut.pcapng",
            arguments: "mix cut.pcapng -o x.wav", status: 65, says: ["'cut.pcapng'", "no RTP stream among 0"]),
    ]

    static let others: [Case] = [
        Case(name: "inspect nothing", arguments: "inspect gone.pcap", status: 66, says: ["gone.pcap", "No such file"]),
        Case(
            name: "inspect text", setUp: "echo hello > t.pcap", arguments: "inspect t.pcap", status: 65,
            says: ["'t.pcap'"]),
        Case(
            name: "inspect with a bad key", arguments: "inspect {s}/meeting-srtp.pcapng --srtp-key x", status: 64,
            says: ["--srtp-key"]),
        Case(
            name: "a report of sound", arguments: "inspect {s}/meeting/bob.opus --report r.html", status: 64,
            says: ["--report draws captures"]),
        Case(
            name: "a report that exists", setUp: "echo > r.html",
            arguments: "inspect {s}/meeting.pcapng --report r.html",
            status: 73, says: ["'r.html' exists", "--force"]),
        Case(
            name: "impair sound", arguments: "impair {s}/meeting/bob.opus -o x.pcap", status: 65,
            says: ["is no packet capture", "pcapng"]),
        Case(
            name: "impair into sound", arguments: "impair {s}/meeting.pcapng -o x.wav", status: 64,
            says: ["-o 'x.wav'", ".pcapng"]),
        Case(
            name: "impair into itself", setUp: "cp {s}/meeting.pcapng m.pcapng",
            arguments: "impair m.pcapng -o m.pcapng --force", status: 64, says: ["'m.pcapng' is the input"]),
        Case(
            name: "an unknown network", arguments: "impair {s}/meeting.pcapng -o x.pcap --network ltee", status: 66,
            says: ["'ltee'", "did you mean 'lte'?"]),
        Case(
            name: "an unknown key", arguments: "impair {s}/meeting.pcapng -o x.pcap --set los=5%", status: 64,
            says: ["--set 'los=5%'", "did you mean 'loss'?"]),
        Case(
            name: "a value without unit", arguments: "impair {s}/meeting.pcapng -o x.pcap --set loss=5", status: 64,
            says: ["--set loss", "'5' has no unit", "did you mean '5 %'?"]),
        Case(
            name: "a value out of range", arguments: "impair {s}/meeting.pcapng -o x.pcap --set loss=200%", status: 64,
            says: ["--set loss", "out of range", "100 %"]),
        Case(
            name: "a bad profile", setUp: "printf 'network: n\\nloss: 5 %%\\njiter: 20 ms\\ndelay: fast\\n' > n.yaml",
            arguments: "impair {s}/meeting.pcapng -o x.pcap --network n.yaml", status: 78,
            says: ["n.yaml:3:1: error: a network profile has no parameter 'jiter'", "n.yaml:4:8: error: 'fast'"]),
        Case(
            name: "bench without a recording", arguments: "bench jitter gone.wav", status: 66,
            says: ["gone.wav", "No such file"]),
    ]

    @Test(arguments: mixes + others)
    func `one line, a status, and nothing left behind`(_ bad: Case) throws {
        let folder = try TemporaryFolder()
        let fill = { (text: String) in
            text.replacing("{s}", with: CaptureCommandTests.samples).replacing("{p}", with: Shell.parley)
        }
        try Shell.sh(fill(bad.setUp), in: folder.path)
        let before = folder.files
        let result = try Shell.sh("'\(Shell.parley)' \(fill(bad.arguments))", in: folder.path)
        #expect(result.status == bad.status, "\(result.error)")
        for words in bad.says { #expect(result.error.contains(words), "\(result.error)") }
        #expect(folder.files == before)
        #expect(result.text.isEmpty)
        let lines = result.error.split(separator: "\n").filter { $0.hasPrefix("parley: error: ") }
        #expect(lines.count == 1, "\(result.error)")
    }
}
