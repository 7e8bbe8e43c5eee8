import ArgumentParser
import Foundation
import MediaCore
import OpusCodec
import PacketBench
import StandardStages

/// `parley bench packets`
struct PacketBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "packets",
        abstract: "Measure what a packet costs on its way in and out.",
        discussion: """
            In: parsed, opened (AES-128-GCM) and put into the jitter buffer, each sender with a key of their own. Out: \
            sealed for every listener with their own key, in turn with bare AES-GCM contexts of OpenSSL that do the same \
            work: the ratio is what headers, packet index and replay list cost. Processor time of one thread.
            """)

    @Option(help: "Senders, and listeners, with a key each.")
    var keys = 1000

    @Option(help: "Rounds of one packet for each key.")
    var rounds = 201

    @Flag(help: "Print JSON.")
    var json = false

    func validate() throws {
        guard (1...20_000).contains(keys) else { throw ValidationError("--keys must be 1 to 20000, not \(keys)") }
        guard (1...10_000).contains(rounds) else { throw ValidationError("--rounds must be 1 to 10000, not \(rounds)") }
    }

    private struct Result: Encodable {
        let keys, rounds: Int
        let ingestNanoseconds, protectNanoseconds, protectFloorNanoseconds, protectRatio: Double
    }

    func run() throws {
        InterruptHandler.install()
        try Failure.reporting {
            let ingest = try measureIngest()
            var trial = try ProtectTrial(listeners: keys, payloadBytes: 200)
            let (stage, floor) = trial.run(rounds: rounds)
            let result = Result(
                keys: keys, rounds: rounds, ingestNanoseconds: ingest.median, protectNanoseconds: stage.median,
                protectFloorNanoseconds: floor.median, protectRatio: stage.ratio(to: floor))
            json ? try putJSON(result) : put(result, ingest, stage, floor)
        }
    }

    private func measureIngest() throws -> CostSeries {
        var trial = try IngestTrial(senders: keys, registry: .standard, payload: try Self.payload())
        let measurement = trial.run(rounds: rounds)
        let played = trial.played
        precondition(played.packets >= played.of * 9 / 10, "packets were not played")
        return measurement
    }

    /// A packet of a tone, about as long as one of speech at 32 kbit/s.
    private static func payload() throws -> [UInt8] {
        var configuration = OpusEncoder.Configuration()
        (configuration.bitrate, configuration.mode, configuration.rateControl) = (32_000, .voip, .constant)
        var encoder = try OpusEncoder(format: AudioFormat(), configuration)
        var frame = PCMFrame(format: AudioFormat())
        let tone = (0..<960).map { Float(sin(Double($0) * 2 * .pi / 240)) * 0.25 }
        frame.load(tone.span)
        var payload = [UInt8](repeating: 0, count: encoder.maximumPayloadBytes)
        var output = payload.mutableSpan
        let length = encoder.encode(frame, into: &output)
        return Array(payload[..<length])
    }

    private func put(_ result: Result, _ ingest: CostSeries, _ stage: CostSeries, _ floor: CostSeries) {
        func row(_ name: String, _ measurement: CostSeries) -> String {
            TextFormat.left(name, 40)
                + [0.5, 0.95].map { TextFormat.right(TextFormat.decimal(measurement.quantile($0), 0), 10) }.joined()
                + "\n"
        }
        Console.put(
            "\(keys) keys in turn, \(rounds) rounds; ns of one thread a packet\n"
                + TextFormat.left("", 40) + TextFormat.right("median", 10) + TextFormat.right("95 %", 10) + "\n"
                + row("parse, unprotect and ingest", ingest) + row("protect", stage)
                + row("bare AES-GCM, the same work", floor)
                + "protect is \(TextFormat.decimal(result.protectRatio, 2)) × its floor\n")
    }

    private func putJSON(_ result: Result) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        Console.put(String(decoding: try encoder.encode(result), as: UTF8.self) + "\n")
    }
}
