import ArgumentParser
import FileAccess
import Foundation
import MediaCore
import OfflineMix
import PipelineSpec
import VoiceSimulation

/// `parley simulate`
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Play a voice server on virtual time, with scripted people, and hold it to what it promises.",
        discussion: """
            The server's own logic runs on a clock that jumps from event to event; people join through the voice gateway, \
            send real Opus over bad networks, mute, leave, lose their line, and some mean harm. Hours take seconds. Every \
            promise is checked all the time: a packet for everyone each frame and no gap, nobody hears themselves or whom \
            they have muted, nothing goes to strangers, nothing is left when all have gone, and more. All chance comes from \
            the seed: the same seed sends the same bytes, and prints the same digest.

              parley simulate busy-evening
              parley simulate hostile-night --seeds 1..100
              parley simulate my-guild.yaml --seed 7 --duration '90 min'
              parley simulate --list
              parley simulate --print quiet-day > my-guild.yaml

            Exit status: 0 every promise was kept, 1 one was broken (seed, time, promise and what happened are printed), \
            64 wrong usage, 66 no such file, 78 scenario refused.
            """)

    @Argument(help: "A scenario file, or the name of one that comes with Parley.")
    var scenario: String?

    @Option(help: ArgumentHelp("What chance begins with.", valueName: "n"))
    var seed: UInt64?

    @Option(help: ArgumentHelp("Several seeds, played side by side: 1..20.", valueName: "a..b"))
    var seeds: SeedRange?

    @Option(help: ArgumentHelp("Virtual time, instead of the scenario's: '90 min'.", valueName: "time"))
    var duration: String?

    @Option(help: ArgumentHelp("How many play side by side. Default: as many as there are cores.", valueName: "n"))
    var jobs: Int?

    @Flag(help: "Name the scenarios that come with Parley.")
    var list = false

    @Option(help: ArgumentHelp("Print a scenario that comes with Parley, to be changed.", valueName: "name"))
    var print: String?

    @Flag(name: .shortAndLong, help: "Print nothing but what goes wrong.")
    var quiet = false

    func validate() throws {
        guard list || print != nil || scenario != nil else {
            throw ValidationError("name a scenario; 'parley simulate --list' shows some")
        }
        guard seed == nil || seeds == nil else { throw ValidationError("--seed and --seeds exclude each other") }
        guard jobs.map({ (1...256).contains($0) }) ?? true else { throw ValidationError("--jobs must be 1 to 256") }
    }

    func run() throws {
        InterruptHandler.install()
        try Failure.reporting {
            if list { return try Self.printList() }
            if let print { return Console.put(try Self.shipped(print)) }
            guard let argument = scenario else { return }
            var scenario = try Self.load(argument)
            if let duration { scenario.duration = try Self.duration(duration) }
            let range = seeds?.range ?? (seed ?? 1)...(seed ?? 1)
            let runs = SimulationRuns(scenario, seeds: range, jobs: jobs)
            let isFine = runs.play { result in
                if !result.isFine {
                    Console.say(SimulationText.failure(result, argument))
                } else if !quiet {
                    Console.put(SimulationText.line(result))
                }
            }
            guard isFine else { throw ExitStatus.unmet.code }
        }
    }

    // MARK: - Scenarios

    private static func printList() throws {
        for name in ShippedScenarios.names {
            let scenario = try load(name)
            let minutes = Int(scenario.duration / .seconds(60))
            let padded = name + String(repeating: " ", count: max(16 - name.count, 1))
            Console.put("\(padded)\(scenario.description) (\(scenario.people) people, \(minutes) min)\n")
        }
    }

    private static func shipped(_ name: String) throws -> String {
        if let text = ShippedScenarios.text(named: name) { return text }
        let hint = NearestName.of(name, in: ShippedScenarios.names).map { "did you mean '\($0)'?" }
        let names = ShippedScenarios.names.joined(separator: ", ")
        throw MixError(
            .noInput, "cannot read scenario '\(name)'; \(hint ?? "those that come with Parley are \(names)")")
    }

    private static func load(_ argument: String) throws -> Scenario {
        let text = try TextFile.read(argument, limit: 64 << 10) ?? shipped(argument)
        do throws(PipelineErrors) {
            return try Scenario.load(text: text, file: argument) { try NetworkArgument.load($0) }
        } catch {
            Console.say(error.description)
            Console.error("scenario '\(argument)' was refused")
            throw ExitStatus.configuration.code
        }
    }

    private static func duration(_ text: String) throws -> Duration {
        let most = Duration.seconds(7 * 86_400)
        let parameter = Parameter("--duration", .duration(.seconds(1)...most), default: nil, "")
        switch parameter.value(of: text) {
        case .success(.duration(let duration)): return duration
        case .success: return .zero
        case .failure(let problem): throw MixError(.request, problem.description)
        }
    }
}

/// `1..20`
struct SeedRange: ExpressibleByArgument {
    /// Seeds of one call.
    static let most: UInt64 = 1_000_000

    let range: ClosedRange<UInt64>

    init?(argument: String) {
        let parts = argument.components(separatedBy: "..")
        guard parts.count == 2, let first = UInt64(parts[0]), let last = UInt64(parts[1]), first <= last,
            last - first < Self.most
        else { return nil }
        range = first...last
    }
}
