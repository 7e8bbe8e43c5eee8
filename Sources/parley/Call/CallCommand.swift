import ArgumentParser
import Foundation
import MediaCore
import SecureRTP
import VoiceClient

/// `parley call`
struct CallCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "A headless client: joins, plays, records what it hears.",
        discussion: """
            Joins through a voice gateway, as Discord's clients do, or by plain SRTP or RTP. Plays files, tones \
            (tone:440, tone:440:2.5 for so many seconds) and silences (silence:1), one after the other; without --play it \
            only listens. Ends after --duration, or when all has been played and there is no --duration, or on Ctrl-C.

              parley call ws://127.0.0.1:8080 --guild 1 --user 7 --session s7 --token t7 --play alice.opus
              parley call wss://voice.example.org --trust ca.pem --guild 1 --user 8 --session s8 --token t8 \\
                --record heard.wav --duration 10s --expect-audio
              parley call --srtp 127.0.0.1:5004 --key AEAD_AES_128_GCM:… --play tone:440 --duration 5s

            \(ExitStatus.help)
            """)

    @Argument(help: ArgumentHelp("The voice gateway: ws://HOST:PORT or wss://HOST:PORT.", valueName: "url"))
    var gateway: String?

    @OptionGroup(title: "Joining through the gateway") var membership: MembershipOptions
    @OptionGroup(title: "Joining by plain RTP") var plain: PlainOptions

    @Option(help: ArgumentHelp("A file, tone:HERTZ or silence:SECONDS. May be repeated.", valueName: "sound"))
    var play: [String] = []

    @Flag(name: .customLong("loop"), help: "Play all of it again and again.")
    var loops = false

    @Option(help: ArgumentHelp("Of the Opus that is sent, in bit/s.", valueName: "n"))
    var bitrate = 64_000

    @Option(help: ArgumentHelp("Write what is heard; the extension chooses the format.", valueName: "file"))
    var record: String?

    @Option(help: ArgumentHelp("How long to stay, from when media can flow.", valueName: "time"))
    var duration: TimeArgument?

    @Option(help: ArgumentHelp("How long to try to join. Default: 20 s.", valueName: "time"))
    var joinTimeout: TimeArgument?

    @Option(
        help: ArgumentHelp(
            "Cut the WebSocket after so long, as a broken network would, and see the session resumed.",
            valueName: "time"))
    var cutAfter: TimeArgument?

    @Flag(help: "Exit status 1 if nothing was heard.")
    var expectAudio = false

    @Flag(help: "Print the summary as JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "No events and no summary.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Overwrite a file that exists.")
    var force = false

    func validate() throws {
        guard (gateway != nil) != (plain.address != nil) else {
            throw ValidationError("give either a gateway (ws://HOST:PORT), or --srtp or --rtp HOST:PORT")
        }
        guard (6_000...510_000).contains(bitrate) else {
            throw ValidationError("--bitrate must be 6000 to 510000, not \(bitrate)")
        }
    }

    func run() throws {
        InterruptHandler.install()
        try Failure.reporting {
            var request = CallRequest(try route())
            request.play = play
            request.repeats = loops
            request.bitrate = bitrate
            request.payloadType = plain.payloadType
            request.recording = record
            request.overwrites = force
            // Who plays nothing would be done at once.
            request.duration = duration?.duration ?? (play.isEmpty || loops ? .seconds(86_400) : nil)
            if let joinTimeout { request.joinTimeout = joinTimeout.duration }
            request.cutAfter = cutAfter?.duration
            let isQuiet = quiet
            let call = Call(request) { seconds, event in
                if !isQuiet { Console.say(CallText.line(event, at: seconds)) }
            }
            StopHandler.install { call.stop() }
            try present(try call.run())
        }
    }

    private func route() throws -> CallRequest.Route {
        guard let gateway else { return try plain.route() }
        guard let address = GatewayAddress(gateway) else {
            throw CallError(.request, "'\(gateway)' is no gateway; write ws://HOST:PORT or wss://HOST:PORT")
        }
        return .gateway(address, try membership.identity(), membership.authority)
    }

    private func present(_ report: CallReport) throws {
        if json {
            Console.put(try CallText.json(report))
        } else if !quiet {
            Console.put(CallText.summary(report))
        }
        if let problem = report.problem {
            Console.error(problem)
            throw ExitStatus.unavailable.code
        }
        if expectAudio && report.heard.seconds < 0.1 {
            Console.error("nothing was heard")
            throw ExitStatus.unmet.code
        }
    }
}
