import ArgumentParser
import FileAccess
import MediaCore
import NetworkImpairment
import OfflineMix
import PacketCapture
import PipelineSpec
import ShippedPipelines

/// `parley impair`
struct ImpairCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impair",
        abstract: "Send a capture through a bad network.",
        discussion: """
            Loss, jitter, reordering, duplicates, too little bandwidth, drifting clocks, outages: from a profile (a small \
            YAML file, or the name of one that comes with Parley), from --set, or both. The same seed gives the same \
            capture.

              parley impair call.pcap -o bad.pcap --network conference-hotel --seed 7
              parley impair call.pcap -o bad.pcap --set loss='5 %' --set burst=3 --set jitter='20 ms'

            Keys: \(NetworkProfile.parameters.map(\.name).joined(separator: ", ")).
            Profiles: \(ShippedPipelines.networkNames.joined(separator: ", ")).

            \(ExitStatus.help)
            """)

    @Argument(help: "A capture: pcap, pcapng or rtpdump.")
    var input: String

    @Option(name: .shortAndLong, help: "Where to write; the extension chooses the format.")
    var output: String

    @Option(help: ArgumentHelp("A profile file, or the name of a shipped profile.", valueName: "name"))
    var network: String?

    @Option(
        help: ArgumentHelp(
            "A value of the profile, with its unit; wins over the file. May be repeated.", valueName: "key=value"))
    var set: [String] = []

    @Option(help: ArgumentHelp("What chance begins with.", valueName: "n"))
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Add to RTP sequence numbers: 65000 makes them wrap around soon. Breaks SRTP.", valueName: "n"))
    var addSequence: UInt16 = 0

    @Option(help: ArgumentHelp("Add to RTP timestamps. Breaks SRTP.", valueName: "n"))
    var addTimestamp: UInt32 = 0

    @Option(
        help: ArgumentHelp(
            "When every sender begins anew with other numbers: 12.5s, 1m30s, 0:01:30. Breaks SRTP.", valueName: "time"))
    var restart: TimeArgument?

    @Flag(name: .shortAndLong, help: "Overwrite a file that exists.")
    var force = false

    @Flag(name: .shortAndLong, help: "No summary.")
    var quiet = false

    func run() throws {
        InterruptHandler.install()
        try Failure.reporting {
            var rewriting = CaptureImpairer.Rewriting()
            rewriting.sequenceNumber = addSequence
            rewriting.timestamp = addTimestamp
            rewriting.restart = restart?.duration
            var impairer = CaptureImpairer(try profile(), seed: seed, rewriting: rewriting)
            guard let format = CaptureWriter.format(forPath: output) else {
                throw MixError(.request, "-o '\(output)': a capture ends in .pcap, .pcapng or .rtpdump")
            }
            guard !InputResolver.isSameFile(input, output) else {
                throw MixError(.request, "'\(output)' is the input; write to another file")
            }
            let reader = try CaptureReader(path: input)
            let writer = try CaptureWriter(OutputFile(path: output, overwrite: force), format: format)
            let outcome = try impairer.run(from: reader, to: writer)
            for warning in outcome.warnings { Console.warning(warning.description) }
            if !quiet { Console.put(Self.text(outcome, output)) }
        }
    }

    private func profile() throws -> NetworkProfile {
        var values: [String: ParameterValue] = [:]
        for argument in set {
            let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
            let names = NetworkProfile.parameters.map(\.name)
            guard parts.count == 2, let parameter = NetworkProfile.parameters.first(where: { $0.name == parts[0] })
            else {
                let hint = NearestName.of(parts.first ?? "", in: names).map { "did you mean '\($0)'?" }
                throw MixError(
                    .request,
                    "--set '\(argument)': write KEY=VALUE; \(hint ?? "keys are \(names.joined(separator: ", "))")")
            }
            switch parameter.value(of: parts[1]) {
            case .success(let value): values[parameter.name] = value
            case .failure(let problem): throw MixError(.request, "--set \(parts[0]): \(problem.description)")
            }
        }
        guard let network else {
            return NetworkProfile(StageArguments(defaultsOf: NetworkProfile.parameters, values))
        }
        return try NetworkArgument.load(network, overriding: values)
    }

    private static func text(_ outcome: CaptureImpairer.Outcome, _ output: String) -> String {
        var parts = ["\(outcome.delivered) of \(outcome.sent) datagrams"]
        if outcome.lost > 0 { parts.append("\(outcome.lost) lost") }
        if outcome.outage > 0 { parts.append("\(outcome.outage) in outages") }
        if outcome.dropped > 0 { parts.append("\(outcome.dropped) dropped for want of bandwidth") }
        if outcome.duplicated > 0 { parts.append("\(outcome.duplicated) twice") }
        if outcome.reordered > 0 { parts.append("\(outcome.reordered) out of order") }
        return "\(output)  \(TextFormat.bytes(outcome.bytes))  " + parts.joined(separator: ", ") + "\n"
    }
}
