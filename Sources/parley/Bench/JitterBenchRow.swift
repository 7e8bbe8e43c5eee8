import Foundation
import JitterBench
import MediaCore

/// What was measured of one network: the runs, and their means.
struct JitterBenchRow {
    struct Run {
        var meanDelay, delay95, lost, late, concealed, stretched, snr, distance: Double
        var pesq, stoi: Double
    }

    let network: String
    private(set) var runs: [Run] = []
    private var hasScores = false

    init(network: String) { self.network = network }

    mutating func add(_ outcome: JitterTrial.Outcome, _ score: SpeechScorer.Score?) {
        hasScores = score != nil
        runs.append(
            Run(
                meanDelay: outcome.meanDelay, delay95: outcome.delay95, lost: outcome.lost, late: outcome.late,
                concealed: outcome.concealed, stretched: outcome.stretched, snr: outcome.quality.segmentalSNR,
                distance: outcome.quality.logSpectralDistance, pesq: score?.pesq ?? 0, stoi: score?.stoi ?? 0))
    }

    func mean(_ value: (Run) -> Double) -> Double { runs.map(value).reduce(0, +) / Double(max(runs.count, 1)) }

    static func header(_ hasScores: Bool) -> String {
        let names = [
            "delay ms", "95 % ms", "lost %", "late %", "concealed %", "stretched %", "seg. SNR", "LSD dB",
        ]
        let scores = hasScores ? ["PESQ", "STOI"] : []
        return TextFormat.left("network", 18) + (names + scores).map { TextFormat.right($0, 12) }.joined() + "\n"
    }

    var text: String {
        func number(_ value: (Run) -> Double, _ scale: Double, _ digits: Int) -> String {
            TextFormat.right(TextFormat.decimal(mean(value) * scale, digits), 12)
        }
        var line = TextFormat.left(network, 18)
        line += number({ $0.meanDelay }, 1000, 1) + number({ $0.delay95 }, 1000, 1) + number({ $0.lost }, 100, 2)
        line += number({ $0.late }, 100, 2) + number({ $0.concealed }, 100, 2) + number({ $0.stretched }, 100, 2)
        line += number({ $0.snr }, 1, 1) + number({ $0.distance }, 1, 2)
        if hasScores { line += number({ $0.pesq }, 1, 2) + number({ $0.stoi }, 1, 3) }
        return line + "\n"
    }

    private struct Document: Encodable {
        let network: String
        let runs: Int
        let meanDelay, delay95, lost, late, concealed, stretched, segmentalSNR, logSpectralDistance: Double
        let pesq, stoi: Double?
    }

    static func json(_ rows: [JitterBenchRow]) throws -> String {
        let documents = rows.map { row in
            Document(
                network: row.network, runs: row.runs.count, meanDelay: row.mean { $0.meanDelay },
                delay95: row.mean { $0.delay95 }, lost: row.mean { $0.lost }, late: row.mean { $0.late },
                concealed: row.mean { $0.concealed }, stretched: row.mean { $0.stretched },
                segmentalSNR: row.mean { $0.snr }, logSpectralDistance: row.mean { $0.distance },
                pesq: row.hasScores ? row.mean { $0.pesq } : nil, stoi: row.hasScores ? row.mean { $0.stoi } : nil)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(documents), as: UTF8.self) + "\n"
    }
}
