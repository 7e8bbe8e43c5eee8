import ArgumentParser
import AudioFile
import FileAccess
import Foundation
import JitterBench
import MediaCore
import NetworkImpairment
import OfflineMix
import PipelineSpec
import ShippedPipelines
import StandardStages

/// `parley bench jitter`
struct JitterBenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jitter",
        abstract: "Play speech through bad networks and the jitter buffer; print delay against quality.",
        discussion: """
            Speech is encoded at 32 kbit/s with in-band FEC, sent through each network and played by a participant's lane. \
            Quality is segmental SNR and log-spectral distance, and PESQ and STOI where Python has them \
            (pip install pesq pystoi numpy scipy).

              parley bench jitter samples/meeting/alice.opus
              parley bench jitter speech.wav --network lte --front front.svg
            """)

    @Argument(help: "Recordings of speech: audio files, not captures.")
    var speech: [String]

    @Option(
        help: ArgumentHelp(
            "Only this network: a profile file, the name of a shipped profile, or plain loss: "
                + "\(plainNetworks.map(\.name).joined(separator: ", ")). May be repeated. Default: all.",
            valueName: "name"))
    var network: [String] = []

    @Option(help: ArgumentHelp("Runs of each network, with seeds from 1 on.", valueName: "n"))
    var runs = 3

    @Option(help: ArgumentHelp("Draw delay against quality, for targets from 80 to 99.5 %.", valueName: "file.svg"))
    var front: String?

    @Option(help: "The Python that has pesq and pystoi.")
    var python = "python3"

    @Flag(help: "Print JSON.")
    var json = false

    @Flag(name: .shortAndLong, help: "Overwrite a file that exists.")
    var force = false

    func validate() throws {
        guard (1...1000).contains(runs) else { throw ValidationError("--runs must be 1 to 1000, not \(runs)") }
    }

    func run() throws {
        InterruptHandler.install()
        try Failure.reporting {
            let recordings = try speech.map { try Self.read($0) }
            let networks = try profiles()
            let scorer = SpeechScorer(python: python)
            var rows: [JitterBenchRow] = []
            for profile in networks {
                let row = try measure(profile, recordings, target: 95, scorer)
                rows.append(row)
                if !json { Console.put((rows.count == 1 ? JitterBenchRow.header(scorer.isThere) : "") + row.text) }
            }
            if json { Console.put(try JitterBenchRow.json(rows)) }
            if let front { try drawFront(front, networks, recordings, scorer) }
        }
    }

    /// Plain loss, to see what the decoder makes of it: what the codec alone is measured with.
    private static let plainNetworks: [(name: String, loss: Double, burst: Double)] = [
        ("clean", 0.0, 1.0), ("loss-5", 0.05, 1), ("loss-10", 0.1, 1), ("loss-20", 0.2, 1), ("bursts-5", 0.05, 3),
        ("bursts-10", 0.1, 3), ("bursts-20", 0.2, 3),
    ]

    private func profiles() throws -> [NetworkProfile] {
        let names = network.isEmpty ? Self.plainNetworks.map(\.name) + ShippedPipelines.networkNames : network
        return try names.map { name in
            guard let plain = Self.plainNetworks.first(where: { $0.name == name }) else {
                return try NetworkArgument.load(name)
            }
            var profile = NetworkProfile()
            (profile.name, profile.loss, profile.burst) = plain
            return profile
        }
    }

    private func measure(
        _ profile: NetworkProfile, _ recordings: [[Float]], target: Double, _ scorer: SpeechScorer
    ) throws -> JitterBenchRow {
        let plan = try PipelineFile.load(
            text: """
                pipeline: bench
                version: 1
                participant: [jitter.adaptive: { target: \(target) % }, opus.decode]
                room: [mix]
                listener: [opus.encode]
                """, file: "bench", registry: .standard)
        var row = JitterBenchRow(network: profile.name)
        for recording in recordings {
            let loss = min(Int((profile.loss * 100).rounded()), 30)
            let trial = try JitterTrial(plan: plan, speech: recording, expectedLoss: loss)
            for seed in 1...UInt64(runs) {
                let outcome = try trial.run(profile, seed: seed)
                row.add(outcome, scorer.score(reference: trial.original, heard: outcome.heard))
            }
        }
        return row
    }

    private func drawFront(
        _ path: String, _ networks: [NetworkProfile], _ recordings: [[Float]], _ scorer: SpeechScorer
    ) throws {
        var points: [DelayQualityChart.Point] = []
        for profile in networks where profile.jitter > .zero || profile.spikes > 0 {
            for target in [80, 90, 95, 98, 99.5] {
                let row = try measure(profile, recordings, target: target, scorer)
                points.append(
                    .init(
                        network: profile.name,
                        setting: "\(TextFormat.decimal(target, target.rounded() == target ? 0 : 1)) %",
                        delay: row.mean(\.meanDelay),
                        quality: scorer.isThere ? row.mean(\.pesq) : row.mean(\.distance)))
            }
        }
        let chart =
            scorer.isThere
            ? DelayQualityChart(points, measure: "wideband PESQ (MOS)", isLowerBetter: false)
            : DelayQualityChart(points, measure: "log-spectral distance (dB)", isLowerBetter: true)
        try TextFile.write(chart.svg, to: path, overwrite: force)
    }

    /// A recording as one channel at 48 kHz.
    private static func read(_ path: String) throws -> [Float] {
        let format = AudioFormat()
        let folder = FileManager.default.temporaryDirectory.appending(path: "parley-bench-\(UUID().uuidString).wav")
        defer { try? FileManager.default.removeItem(at: folder) }
        // Whatever the file is, the mixer reads it.
        let plan = try PipelineFile.load(
            text: ShippedPipelines.text(named: "passthrough") ?? "", file: "passthrough", registry: .standard)
        var request = MixRequest(
            plan: plan, inputs: try InputResolver.resolve([path]),
            output: MixTarget(path: folder.path, format: .audio(.wav), sampleFormat: .f32))
        request.measures = false
        _ = try OfflineMixer(request).run()
        var reader = try SoundFileReader(path: folder.path, format: format)
        var samples: [Float] = []
        var chunk = [Float](repeating: 0, count: 4096)
        while true {
            var span = chunk.mutableSpan
            let count = try reader.read(into: &span)
            guard count > 0 else { return samples }
            samples += chunk[..<count]
        }
    }
}
