import ArgumentParser
import FileAccess
import Foundation
import MediaPlane
import PipelineSpec
import VoiceServer

/// `parley voice`
struct VoiceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "voice",
        abstract: "Run a voice server instance: voice gateway, rooms and the API that tells it what to serve.",
        discussion: """
            Reads one YAML file; every key has a default (--print-config shows them all). What an option sets wins over a \
            variable PARLEY_VOICE_SECTION_KEY, which wins over the file.

              parley voice --dev secret --dev-tls out/tls     # one room, open to whoever sends the token 'secret'
              parley voice /etc/parley/voice.yaml
              parley voice voice.yaml --check-config

            SIGTERM or Ctrl-C sends clients elsewhere and ends; once more ends at once. SIGHUP reads the file, its pipelines \
            and its certificate again.

            \(ExitStatus.help)
            """)

    @Argument(help: "A configuration file.")
    var configurationFile: String?

    @OptionGroup(title: "What wins over the file") var overrides: VoiceOverrides

    @Option(
        help: ArgumentHelp(
            "Write down all that the shards get, for 'parley replay': FILE.pcapng, and FILE-1.pcapng, … for further shards. "
                + "Holds the keys.", valueName: "file"))
    var capture: String?

    @Flag(name: .shortAndLong, help: "Overwrite a capture that exists.")
    var force = false

    @Flag(help: "Print a configuration file with every key, its default and what it does.")
    var printConfig = false

    @Flag(help: "Check the configuration, its pipelines and its guilds, and end.")
    var checkConfig = false

    func validate() throws {
        if let capture, !capture.hasSuffix(".pcapng") {
            throw ValidationError("--capture '\(capture)': a session is written as pcapng; end the name in .pcapng")
        }
    }

    func run() throws {
        if printConfig { return Console.put(ServerConfiguration.template) }
        try Self.reporting {
            let configuration = try load()
            if checkConfig {
                try VoiceServer.check(configuration)
                return Console.put("\(configurationFile ?? "the configuration") is fine\n")
            }
            ProcessLimits.raiseOpenFiles()
            let files = capture.map { CaptureFiles(path: $0, overwrite: force) }
            try VoiceProcess(configuration, environment: Self.environment, capture: files, reload: load).run()
        }
    }

    private func load() throws -> ServerConfiguration {
        try ServerConfiguration.load(
            path: configurationFile, environment: Self.environment, options: overrides.settings)
    }

    private static var environment: [String: String] { ProcessInfo.processInfo.environment }

    /// Turns errors into text on standard error and an exit status.
    private static func reporting(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as ConfigurationError {
            Console.say(error.description + "\n")
            Console.error("the configuration was refused; 'parley voice --print-config' shows every key")
            throw ExitStatus.configuration.code
        } catch let error as PipelineErrors {
            Console.say(error.description)
            Console.error("a pipeline of the configuration was refused")
            throw ExitStatus.configuration.code
        } catch let error as ServerError {
            Console.error(error.description)
            throw (error.kind == .configuration ? ExitStatus.configuration : .cannotCreate).code
        } catch let error as MediaPlaneError {
            Console.error(error.description)
            throw ExitStatus.cannotCreate.code
        } catch let error as FileError {
            Console.error(error.description)
            throw Failure.status(error.kind).code
        }
    }
}
