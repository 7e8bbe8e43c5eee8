import PipelineSpec
import StandardStages
import Testing

@Suite struct RefusalTests {
    static let good = """
        pipeline: test
        format: { rate: 48 kHz, channels: mono, frame: 20 ms }
        participant:
          - silence.skip
          - opus.decode: { fec: in-band }
          - silence.gate: { threshold: -55 dBov, hangover: 300 ms }
        room:
          - select.loudest: { count: 5, hold: 400 ms }
          - mix: { exclude: self, fade: 10 ms }
          - limit: { ceiling: -1 dBFS, look-ahead: 5 ms }
        listener:
          - opus.encode: { bitrate: 80 kbit/s, complexity: 5 }
        """

    static func errors(_ text: String) -> [Diagnostic] {
        do {
            _ = try PipelineFile.load(text: text, file: "test.yaml", registry: .standard)
            return []
        } catch {
            return error.diagnostics
        }
    }

    @Test func `the good file is good`() throws {
        let plan = try PipelineFile.load(text: Self.good, file: "test.yaml", registry: .standard)
        #expect(plan.participant.map(\.descriptor.kind) == ["silence.skip", "opus.decode", "silence.gate"])
        #expect(plan.participant[2].arguments.level("threshold") == -55)
        #expect(plan.listener[0].arguments.bitrate("bitrate") == 80_000)
        #expect(plan.room[1].arguments.duration("fade") == .milliseconds(10))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var old: String
        var new: String
        var message: String
        /// What the caret must stand under; nil for none in particular.
        var under: String?
        var hint: String?
        var testDescription: String { message }

        init(_ old: String, _ new: String, _ message: String, under: String? = nil, hint: String? = nil) {
            (self.old, self.new, self.message, self.under, self.hint) = (old, new, message, under, hint)
        }
    }

    static let cases: [Case] = [
        Case("silence.gate", "silence.gat", "unknown stage 'silence.gat'", under: "silence.gat", hint: "silence.gate"),
        Case(
            "threshold", "treshold", "'silence.gate' has no parameter 'treshold'", under: "treshold", hint: "threshold"),
        Case("-55 dBov", "-55 ms", "'-55 ms' is a duration; 'threshold' takes a level in dBov", under: "-55 ms"),
        Case("-55 dBov", "-55", "'-55' has no unit", under: "-55", hint: "-55 dBov"),
        Case("-55 dBov", "-55 dbov", "has the unit 'dbov'", under: "-55 dbov", hint: "dBov"),
        Case("-55 dBov", "-200 dBov", "'threshold' is out of range: '-200 dBov'", under: "-200 dBov"),
        Case("-55 dBov", "loud", "'loud' is not a level in dBov", under: "loud"),
        Case("300 ms", "1e999 ms", "is not a duration", under: "1e999 ms"),
        Case("300 ms", "nan ms", "is not a duration"),
        Case("count: 5", "count: 2.5", "'count' is a whole number"),
        Case("count: 5", "count: 5 packets", "has the unit 'packets'"),
        Case("exclude: self", "exclude: sel", "'exclude' cannot be 'sel'", under: "sel", hint: "self"),
        Case("fec: in-band", "fec: [a]", "'fec' takes one value"),
        Case("80 kbit/s", "80 kbps", "has the unit 'kbps'"),
        Case("80 kbit/s", "999 kbit/s", "'bitrate' is out of range"),
        Case("rate: 48 kHz", "rate: 44.1 kHz", "'rate' cannot be '44.1 kHz'", under: "44.1 kHz"),
        Case("frame: 20 ms", "frame: 30 ms", "'frame' cannot be '30 ms'"),
        Case("channels: mono", "chanels: mono", "'format' has no parameter 'chanels'", hint: "channels"),
        Case(
            "  - opus.decode: { fec: in-band }\n", "", "takes pcm, but gets opus from 'silence.skip'",
            under: "silence.gate"),
        Case("  - mix: { exclude: self, fade: 10 ms }\n", "", "takes pcm, but gets pcm × N from 'select.loudest'"),
        Case(
            "  - opus.encode: { bitrate: 80 kbit/s, complexity: 5 }", "", "scope 'listener' ends with pcm",
            under: "listener"),
        Case("  - silence.skip\n", "  - mix\n", "stage 'mix' does not belong into scope 'participant'", hint: "'room'"),
        Case("pipeline: test\n", "", "the pipeline has no name"),
        Case("room:", "rooms:", "unknown key 'rooms'", under: "rooms", hint: "room"),
        Case("pipeline: test", "pipeline: test\nversion: 7", "version '7' of pipeline files is not known"),
        Case("hangover: 300 ms", "hangover: 300 ms, hangover: 200 ms", "'hangover' is written twice"),
        Case("300 ms }", "300 ms, attack: 90 ms }", "the attack is longer than the look-ahead", under: "90 ms"),
        Case("- silence.skip", "- silence.skip: 3", "'silence.skip' takes keys and values"),
        Case("- silence.skip", "- { a: 1, b: 2 }", "one list item holds 2 keys"),
        Case("- silence.skip", "- [1, 2]", "a stage is written"),
        Case("participant:\n", "participant: 5\nx:\n", "scope 'participant' is a list of stages"),
        Case("  - silence.skip", "\t- silence.skip", "a tab indents this line"),
        Case("fec: in-band }", "fec: in-band", "this is no YAML"),
        Case("fec: in-band", "fec: &a in-band", "no anchors, aliases or tags"),
        Case("pipeline: test", "--- {a: 1}\n--- \npipeline: test", "several YAML documents"),
    ]

    @Test(arguments: cases)
    func `each mistake is named, with its place`(_ mistake: Case) throws {
        #expect(Self.good.contains(mistake.old))
        let text = Self.good.replacing(mistake.old, with: mistake.new, maxReplacements: 1)
        let errors = Self.errors(text)
        let found = try #require(
            errors.first { $0.message.contains(mistake.message) }, "\(errors.map(\.message))")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let line = lines[found.location.line - 1].dropFirst(found.location.column - 1)
        if let under = mistake.under {
            #expect(line.hasPrefix(under), "the caret stands under '\(line)'")
            #expect(found.location.length == under.count)
        }
        if let hint = mistake.hint { #expect(found.hint?.contains(hint) == true, "\(found.hint ?? "no hint")") }
    }

    @Test func `all mistakes of a file are told at once, in its order`() {
        let text = Self.good.replacing("silence.skip", with: "silence.skp").replacing("-55 dBov", with: "5 ms")
            .replacing("count", with: "cuont").replacing("complexity: 5", with: "complexity: 11")
        let errors = Self.errors(text)
        #expect(errors.count == 4)
        #expect(errors.map(\.location.line) == [4, 6, 8, 12])
    }

    @Test func `an unknown stage is reported once, not again by its neighbours`() {
        #expect(Self.errors(Self.good.replacing("opus.decode", with: "opus.decoed")).count == 1)
    }

    @Test func `the text is what a good compiler prints`() throws {
        let text = Self.good.replacing("silence.gate", with: "silence.gat")
        let errors = #expect(throws: PipelineErrors.self) {
            _ = try PipelineFile.load(text: text, file: "meeting.yaml", registry: .standard)
        }
        #expect(
            errors?.description == """
                meeting.yaml:6:5: error: unknown stage 'silence.gat'
                  6 |   - silence.gat: { threshold: -55 dBov, hangover: 300 ms }
                    |     ^~~~~~~~~~~ did you mean 'silence.gate'?
                    = stages that fit here: gain, high-pass, silence.gate

                """)
    }

    @Test(arguments: ["", "\n\n", "- a\n- b\n", "hello", "{}", "pipeline: [", "pipeline: \u{0}", "a: {b: {c: {}}}"])
    func `what is no pipeline at all is refused`(text: String) {
        #expect(!Self.errors(text).isEmpty)
    }

    @Test(arguments: [
        String(repeating: "[", count: 40_000), String(repeating: "[\n", count: 20_000),
        String(repeating: "- ", count: 30_000), String(repeating: "a: b\n", count: 20_000),
        "a: " + String(repeating: "x", count: 5000),
    ])
    func `what is huge or deep is refused before it is read`(text: String) {
        #expect(!Self.errors(text).isEmpty)
    }

    @Test func `more stages than a scope may have are refused`() {
        let many = String(repeating: "  - silence.skip\n", count: 65)
        let errors = Self.errors(Self.good.replacing("  - silence.skip\n", with: many))
        #expect(errors.contains { $0.message.contains("at most 64") })
    }

    @Test func `any mutation gives a plan or located errors`() {
        let alphabet = Array("{}[]:,-#&*'\"\n\t abz059.%µ|>!?\u{0}é")
        var state: UInt64 = 20_261_124
        func random(_ below: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % below
        }
        for _ in 0..<2000 {
            var text = Array(Self.good)
            for _ in 0...random(4) {
                let at = random(text.count)
                switch random(3) {
                case 0: text[at] = alphabet[random(alphabet.count)]
                case 1: text.remove(at: at)
                default: text.insert(alphabet[random(alphabet.count)], at: at)
                }
            }
            let lines = String(text).split(separator: "\n", omittingEmptySubsequences: false).count
            for error in Self.errors(String(text)) {
                #expect((1...(lines + 1)).contains(error.location.line) && error.location.column >= 1)
                #expect(!error.message.isEmpty)
            }
        }
    }
}
