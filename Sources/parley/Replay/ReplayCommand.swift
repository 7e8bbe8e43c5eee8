import ArgumentParser
import BasicContainers
import FileAccess
import LiveRoom
import PacketCapture
import PipelineSpec
import SessionCapture
import StandardStages

/// `parley replay`
struct ReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a captured session of a voice server again, to the last bit.",
        discussion: """
            'parley voice --capture session.pcapng' writes down all that a shard gets: datagrams, joins, keys, mutes, with \
            their times. The replay gives the same shard the same at the same times, so it sends the very same datagrams.

              parley replay session.pcapng                      # who spoke when, and what became of the packets
              parley replay session.pcapng -o sent.pcapng       # what was sent, sealed as it was

            \(ExitStatus.help)
            """)

    @Argument(help: "A session: a pcapng file that 'parley voice --capture' has written.")
    var input: String

    @Option(name: .shortAndLong, help: "Where to write what was sent, as a capture.")
    var output: String?

    @Flag(name: .shortAndLong, help: "Overwrite a file that exists.")
    var force = false

    @Flag(help: "Treat a session that is cut off as an error.")
    var strict = false

    @Flag(name: .shortAndLong, help: "Print no summary and no events.")
    var quiet = false

    func validate() throws {
        guard let output, CaptureWriter.format(forPath: output).map({ $0 == .rtpdump }) ?? true else { return }
        throw ValidationError("'\(output)' is no name of a capture; end it in .pcapng or .pcap")
    }

    func run() throws {
        try Failure.reporting {
            do {
                try replay()
            } catch let error as SessionReplayError {
                Console.error(error.description)
                throw ExitStatus.data.code
            } catch let error as PipelineErrors {
                Console.say(error.description)
                Console.error(
                    "'\(input)' holds a pipeline that this Parley cannot run; replay it with the one that wrote it")
                throw ExitStatus.data.code
            }
        }
    }

    private func replay() throws {
        var sink = ReplaySink()
        if let output, let format = CaptureWriter.format(forPath: output) {
            sink.writer.append(
                try CaptureWriter(OutputFile(path: output, overwrite: force, isPrivate: true), format: format))
        }
        var start: Int64?
        let summary = try SessionReplay.run(path: input, registry: .standard, into: &sink) { event, time in
            start = start ?? time
            if !quiet { say(event, Double(time - (start ?? time)) * 1e-9) }
        }
        if !summary.isWhole {
            let tenths = summary.duration / 100_000_000
            let text =
                "'\(input)' is cut off after \(tenths / 10).\(tenths % 10) s of the session; what is before is played "
                + "exactly. Copy it again from where it was written"
            guard !strict else {
                Console.error(text)
                throw ExitStatus.data.code
            }
            Console.warning(text)
        }
        try sink.finish()
        if !quiet { print(summary, sink.sent) }
    }

    private func say(_ event: ShardEvent, _ seconds: Double) {
        guard case .speaking(let room, let member, let isSpeaking) = event else { return }
        let tenths = Int(seconds * 10)
        Console.put(
            "\(tenths / 10).\(tenths % 10) s  room \(room.guild)/\(room.channel)  member \(member.number) "
                + "\(isSpeaking ? "speaks" : "is silent")\n")
    }

    private func print(_ summary: SessionReplay.Summary, _ sent: Int) {
        let counts = summary.statistics
        Console.put(
            """
            \(summary.duration / 1_000_000_000) s: \(summary.datagrams) datagrams in, \(sent) out; \
            \(summary.commands) commands
            accepted \(counts.accepted), silent \(counts.silent), refused \
            \(counts.unauthenticated + counts.replayed + counts.malformed + counts.unknown); \
            \(counts.framesDecoded) frames decoded, \(counts.framesEncoded) encoded; \(counts.forks) forks, \
            \(counts.merges) merges

            """)
    }
}

/// Writes what a replay sends, with the times at which it is sent.
private struct ReplaySink: ~Copyable, SessionReplaySink {
    /// One, or none.
    var writer = RigidArray<CaptureWriter>(capacity: 1)
    var sent = 0
    private var time: Int64 = 0
    private var source = Endpoint(ipv4: 0, port: 0)
    private var failure: FileError?

    init() {}

    mutating func moved(to time: Int64, at endpoint: Endpoint) { (self.time, source) = (time, endpoint) }

    mutating func send(_ datagrams: borrowing OutgoingDatagrams) {
        sent += datagrams.count
        guard !writer.isEmpty, failure == nil else { return }
        do throws(FileError) {
            for i in 0..<datagrams.count {
                try writer[0].write(
                    datagrams.datagram(i), time: time, from: source, to: datagrams.entries[i].destination)
            }
        } catch { failure = error }
    }

    /// - Throws: what could not be written.
    mutating func finish() throws(FileError) {
        if let failure { throw failure }
        if !writer.isEmpty { _ = try writer[0].finish() }
    }
}
