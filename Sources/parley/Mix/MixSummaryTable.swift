import MediaCore
import OfflineMix
import VoiceRoom

/// What `parley mix` prints at the end.
enum MixSummaryTable {
    /// Rows of participants, at most; the rest is summed up in a line.
    private static let maximumRows = 40

    static func text(_ summary: MixSummary, elapsed: Double) -> String {
        let speed = elapsed > 0 ? summary.duration / elapsed : 0
        var lines = [
            "\(summary.output)  \(TextFormat.clock(summary.duration))  \(TextFormat.bytes(summary.bytes))"
                + "  \(TextFormat.decimal(elapsed, 2)) s, \(Int(speed.rounded())) × real time"
                + "  (pipeline \(summary.pipeline))",
            "",
        ]
        lines += participants(summary)
        lines += packets(summary)
        lines.append("")
        lines.append("mix        " + mix(summary))
        lines.append("limiter    " + limiter(summary))
        return lines.joined(separator: "\n") + "\n"
    }

    private static func participants(_ summary: MixSummary) -> [String] {
        let shown = summary.participants.prefix(maximumRows)
        let width = max(shown.map(\.name.count).max() ?? 0, 11)
        var lines = [
            TextFormat.left("participant", width) + "  speaking  share    loudness        peak"
        ]
        for participant in shown {
            let loudness = participant.loudness.map { "\(TextFormat.decimal($0, 1)) LUFS" } ?? "–"
            lines.append(
                TextFormat.left(participant.name, width)
                    + TextFormat.right(TextFormat.clock(participant.speaking), 10)
                    + TextFormat.right("\(TextFormat.decimal(participant.share * 100, 0)) %", 7)
                    + TextFormat.right(loudness, 12)
                    + TextFormat.right("\(TextFormat.decimal(participant.peak.value, 1)) dBFS", 12))
        }
        let hidden = summary.participants.count - shown.count
        if hidden > 0 { lines.append("… and \(hidden) more (--json has them all)") }
        return lines
    }

    /// How packets fared on their way, where there are any.
    private static func packets(_ summary: MixSummary) -> [String] {
        let shown = summary.participants.prefix(maximumRows).filter { $0.network != nil }
        guard !shown.isEmpty else { return [] }
        let width = max(shown.map(\.name.count).max() ?? 0, 11)
        let names = ["received", "lost", "recovered", "late", "concealed", "delay"]
        var lines = ["", TextFormat.left("packets", width) + names.map { TextFormat.right($0, 11) }.joined()]
        for participant in shown {
            guard let network = participant.network else { continue }
            let playout = network.playout
            let cells = [
                "\(network.packets.received)", "\(playout.lost)",
                "\(playout.recoveredFromCopy + playout.recoveredFromFEC)", "\(playout.late)",
                "\(TextFormat.decimal(Double(playout.samplesConcealed) / 48_000, 2)) s",
                "\(TextFormat.decimal(playout.meanDelay * 1000, 0)) ms",
            ]
            lines.append(
                TextFormat.left(participant.name, width) + cells.map { TextFormat.right($0, 11) }.joined())
        }
        return lines
    }

    private static func mix(_ summary: MixSummary) -> String {
        let loudness = summary.loudness.map { "\(TextFormat.decimal($0, 1)) LUFS" } ?? "silent"
        return "\(loudness), peak \(TextFormat.decimal(summary.peak.value, 1)) dBFS"
    }

    private static func limiter(_ summary: MixSummary) -> String {
        let limiting = summary.limiting
        guard limiting.duration > 0 else { return "never needed" }
        return "worked for \(TextFormat.decimal(limiting.duration, 1)) s, at most "
            + "\(TextFormat.decimal(limiting.deepest.value, 1)) dB at \(TextFormat.clock(limiting.position))"
    }
}
