import ArgumentParser
import AudioFile
import Glibc
import MediaCore
import OfflineMix
import PipelineSpec

/// `parley mix`
struct MixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "Mix recorded streams into one file.",
        discussion: """
            An input is an audio file (Ogg Opus, WAV, FLAC, AIFF, Ogg Vorbis, MP3, …), a packet capture (pcap, pcapng, \
            rtpdump), a folder of them, or - for an audio file on standard input. Each file is a participant, called like \
            the file without its extension; NAME=FILE names it otherwise. Each Opus stream in a capture is a participant, \
            called by its RTCP name or SSRC.

              parley mix samples/meeting -o meeting.opus
              parley mix alice.wav bob=track2.flac -o mix.flac --gain alice=-3dB
              parley mix calls/ -o - --format wav | ffplay -
              parley mix call.pcap -o mix.opus --srtp-key keys.txt

            \(ExitStatus.help)
            """)

    @Argument(help: ArgumentHelp("Audio files, captures, NAME=FILE, folders, or -.", valueName: "input"))
    var inputs: [String]

    @Option(name: .shortAndLong, help: "Where to write; the extension chooses the format. - is standard output.")
    var output: String

    @Option(name: .shortAndLong, help: "A pipeline file, or the name of a shipped pipeline.")
    var pipeline = "meeting"

    @OptionGroup(title: "Placement") var placement: PlacementOptions
    @OptionGroup(title: "Captures") var capture: CaptureOptions
    @OptionGroup(title: "Output") var writing: WritingOptions

    @Option(help: ArgumentHelp("Threads. The result does not depend on it. Default: one per core.", valueName: "n"))
    var jobs: Int?

    @Flag(help: "Print the summary as JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no summary.")
    var quiet = false

    @Flag(help: "Warnings (damaged input that was repaired) make the exit status 65.")
    var strict = false

    func validate() throws {
        if let jobs, !(1...64).contains(jobs) { throw ValidationError("--jobs must be 1 to 64, not \(jobs)") }
    }

    func run() throws {
        InterruptHandler.install()
        ProcessLimits.raiseOpenFiles()
        let plan = try PipelineArgument.load(pipeline)
        try Failure.reporting {
            let request = try makeRequest(plan)
            try report?.refuseIfTaken(force: writing.force)
            let mixer = try OfflineMixer(request)
            var meter = ProgressMeter(isShown: !quiet && Console.errorIsTerminal)
            let summary = try mixer.run(progress: { meter.show($0) })
            meter.end()
            try present(summary, seconds: meter.elapsed)
        }
    }

    private var report: ReportTarget? { writing.report.map(ReportTarget.init) }

    private func present(_ summary: MixSummary, seconds: Double) throws {
        for warning in summary.warnings { Console.warning(warning) }
        try report?.write(summary)
        if json {
            put(MixSummaryJSON.text(summary, elapsed: seconds))
        } else if !quiet {
            put(MixSummaryTable.text(summary, elapsed: seconds))
        }
        if strict && !summary.warnings.isEmpty { throw ExitStatus.data.code }
    }

    /// Results go to standard output, unless that is where the audio went.
    private func put(_ text: String) { output == "-" ? Console.say(text) : Console.put(text) }

    private func makeRequest(_ plan: PipelinePlan) throws -> MixRequest {
        var captures = try capture.inputs()
        var resolved = try captures.expand(try InputResolver.resolve(inputs))
        try placement.apply(to: &resolved)
        var request = MixRequest(plan: plan, inputs: resolved, output: try writing.target(for: output))
        if let taken = resolved.first(where: { InputResolver.isSameFile($0.path, output) }) {
            throw MixError(.request, "'\(output)' is the input '\(taken.name)'; write to another file")
        }
        request.warnings = captures.warnings
        request.stems = try writing.stemTargets(for: resolved, like: request.output)
        request.minus = placement.minus
        request.from = placement.from?.duration ?? .zero
        request.to = placement.to?.duration
        request.jobs = jobs ?? max(1, min(Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))), 64))
        request.measures = !quiet || json || writing.report != nil
        return request
    }
}

/// Where each participant is put, and which part of the mix is wanted.
struct PlacementOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "When a participant starts: 12.5s, 1m30s, 0:01:30; negative cuts their beginning.", valueName: "name=time"))
    var offset: [OffsetArgument] = []

    @Option(help: ArgumentHelp("A participant's gain: alice=-3dB.", valueName: "name=gain"))
    var gain: [GainArgument] = []

    @Option(
        help: ArgumentHelp(
            "Where a participant stands, -1 (left) to 1 (right), or L50, C, R50; in a stereo pipeline.",
            valueName: "name=pan"))
    var pan: [PanArgument] = []

    @Option(help: ArgumentHelp("Mix what this participant would hear: everyone but them.", valueName: "name"))
    var minus: String?

    @Option(help: ArgumentHelp("Where in the mix's time to begin.", valueName: "time"))
    var from: TimeArgument?

    @Option(help: ArgumentHelp("Where in the mix's time to end.", valueName: "time"))
    var to: TimeArgument?

    /// Puts the options into the inputs that they name.
    func apply(to inputs: inout [MixInput]) throws(MixError) {
        for argument in offset { inputs[try index(of: argument.name, in: inputs, "--offset")].offset = argument.value }
        for argument in gain {
            inputs[try index(of: argument.name, in: inputs, "--gain")].gain = Decibels(argument.value)
        }
        for argument in pan { inputs[try index(of: argument.name, in: inputs, "--pan")].pan = Float(argument.value) }
        if let minus { _ = try index(of: minus, in: inputs, "--minus") }
    }

    private func index(of name: String, in inputs: [MixInput], _ option: String) throws(MixError) -> Int {
        if let index = inputs.firstIndex(where: { $0.name == name }) { return index }
        let names = inputs.map(\.name)
        let hint = NearestName.of(name, in: names).map { "did you mean '\($0)'?" }
        let list = names.prefix(12).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 12 ? ", …" : "")
        throw MixError(.request, "\(option): no participant is called '\(name)'; \(hint ?? "there are \(list)")")
    }
}
