import ArgumentParser
import CaptureStreams
import FileAccess
import Inspection
import MixReport
import OfflineMix

/// `parley inspect`
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Say what is in a capture or an audio file.",
        discussion: """
            For each RTP stream of a capture: packets, loss, reordering, jitter (RFC 3550), drift of the sender's clock, \
            talk-spurts, what the Opus packets hold, and how a jitter buffer would fare.

              parley inspect call.pcap
              parley inspect call.pcap --report call.html
              parley inspect secret.pcapng --srtp-key keys.txt --json

            \(ExitStatus.help)
            """)

    @Argument(help: "A capture (pcap, pcapng, rtpdump) or an audio file.")
    var file: String

    @Option(
        help: ArgumentHelp(
            "A key that opens SRTP, or a file of them, as for 'parley mix'.", valueName: "key"))
    var srtpKey: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    @Option(help: ArgumentHelp("Write a page with pictures of a capture.", valueName: "file.html"))
    var report: String?

    @Flag(name: .shortAndLong, help: "Overwrite a file that exists.")
    var force = false

    func run() throws {
        InterruptHandler.install()
        try Failure.reporting {
            if try FileInspection.isCapture(path: file) {
                try present(
                    try CaptureInspector.inspect(
                        path: file, keys: try CaptureOptions.ring(srtpKey, option: "--srtp-key")))
            } else {
                guard report == nil else {
                    throw MixError(.request, "--report draws captures, but '\(file)' is an audio file")
                }
                let inspection = try FileInspection(path: file)
                for warning in inspection.warnings { Console.warning(warning.description) }
                Console.put(json ? InspectionJSON.text(inspection) : InspectionTable.text(inspection))
            }
        }
    }

    private func present(_ inspection: CaptureInspection) throws {
        for warning in inspection.scan.warnings { Console.warning(warning.description) }
        if let report { try TextFile.write(InspectionReport.html(inspection), to: report, overwrite: force) }
        Console.put(json ? InspectionJSON.text(inspection) : InspectionTable.text(inspection))
    }
}
