import ArgumentParser
import Foundation
import MediaCore
import SecureRTP
import VoiceClient

/// `parley load`
struct LoadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Many clients at once: rooms full of people who speak and listen; what they are sent is counted.",
        discussion: """
            R rooms with K speakers and L listeners each. What they say is real speech; listeners do not decode, but count \
            packets and gaps and authenticate some of them. A few more rooms (--probes) measure the added latency: what is \
            heard is found again in what was said. Clients join through the voice gateway, or, which is quicker, as plain \
            participants (--plain); both take the instance's API and its secret, and replace what an earlier load left there.

              parley load ws://127.0.0.1:8080 --api http://127.0.0.1:8081 --secret S --rooms 10 --listeners 20
              parley load --plain --api http://127.0.0.1:8081 --secret S --listeners 1000 --server-pid 4711 --json
              parley load --peers plan.txt --duration 20s

            A file of peers drives a server that is not Parley, over plain RTP on 127.0.0.1: lines 'T LOCALPORT SERVERPORT' \
            for who talks, 'L LOCALPORT [SERVERPORT]' for who listens.

            \(ExitStatus.help)
            """)

    @Argument(help: ArgumentHelp("The voice gateway: ws://HOST:PORT or wss://HOST:PORT.", valueName: "url"))
    var gateway: String?

    @OptionGroup(title: "Joining") var joining: LoadJoining
    @OptionGroup(title: "People") var people: LoadPeople

    @Option(help: ArgumentHelp("How long to measure.", valueName: "time"))
    var duration: TimeArgument = .init(seconds: 30)

    @Option(help: ArgumentHelp("From when everybody is there until measuring begins.", valueName: "time"))
    var warmUp: TimeArgument = .init(seconds: 2)

    @Option(help: ArgumentHelp("The process of the server, whose processor time is measured.", valueName: "pid"))
    var serverPid: Int32?

    @Flag(help: "Exit status 1 if packets were lost, gaps were found, or somebody was not let in.")
    var strict = false

    @Flag(help: "Print the report as JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "No progress and no report.")
    var quiet = false

    func validate() throws {
        let routes = [gateway != nil, joining.plain, joining.peers != nil].count { $0 }
        guard routes == 1 else {
            throw ValidationError("give one of: a gateway (ws://HOST:PORT), --plain, --peers FILE")
        }
        guard joining.peers != nil || joining.api != nil else {
            throw ValidationError("the rooms are made through the instance's API; give --api http://HOST:PORT")
        }
    }

    func run() throws {
        InterruptHandler.install()
        ProcessLimits.raiseOpenFiles()
        try Failure.reporting {
            var request = LoadRequest(try joining.route(gateway))
            try people.apply(to: &request)
            request.duration = duration.duration
            request.warmUp = warmUp.duration
            request.serverProcess = serverPid
            request.payloadType = joining.payloadType
            let progress = LoadProgress(isShown: !quiet && Console.errorIsTerminal)
            let load = Load(request) { progress.show($0) }
            StopHandler.install { load.stop() }
            let report = try load.run()
            progress.end()
            if json {
                Console.put(try CallText.json(report))
            } else if !quiet {
                Console.put(LoadText.text(report))
            }
            for failure in report.failures where strict || !json { Console.warning(failure) }
            if strict && !report.failures.isEmpty { throw ExitStatus.unmet.code }
        }
    }
}
