import MediaCore
public import OfflineMix
import VoiceRoom

/// One self-contained page about a mix: who spoke when, level, limiting, loudness. It needs no network and no script.
public enum MixReport {
    public static func html(_ summary: MixSummary) -> String {
        let chart = TimelineChart(duration: summary.duration, tickSeconds: summary.format.frameDuration.seconds)
        let title = "Mix report: \(escaped(fileName(summary.output)))"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title)</title>
            <style>\(style)</style></head>
            <body><main>
            <h1>\(escaped(fileName(summary.output)))</h1>
            <p class="sub">\(clock(summary.duration)) mixed from \(summary.participants.count) \
            participant\(summary.participants.count == 1 ? "" : "s") by pipeline <b>\(escaped(summary.pipeline))</b></p>
            <section class="tiles">\(tiles(summary))</section>
            <h2>Who spoke when</h2>
            \(chart.participants(summary.participants))
            <h2>Level of the mix</h2>
            \(chart.level(summary.level))
            <h2>Limiter gain</h2>
            \(chart.gain(summary.gain))
            <h2>Participants</h2>
            \(table(summary))
            \(warnings(summary))
            </main></body></html>

            """
    }

    static let style = """
        :root{--ink:#1d242b;--soft:#5b6670;--line:#dfe4e8;--paper:#fff;--tile:#f5f7f9;--bar:#2f6fb0;--warm:#c2571a}
        @media(prefers-color-scheme:dark){:root{--ink:#e8ecf0;--soft:#9aa6b1;--line:#333c45;--paper:#14181c;\
        --tile:#1d2329;--bar:#6aa9e4;--warm:#f0935a}}
        body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,"Helvetica Neue",Arial,sans-serif}
        main{max-width:1020px;margin:0 auto;padding:32px 24px 64px}
        h1{font-size:26px;margin:0}h2{font-size:16px;margin:34px 0 8px}.sub{color:var(--soft);margin:4px 0 20px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:12px}
        .tile{background:var(--tile);border-radius:10px;padding:12px 16px}.tile b{display:block;font-size:20px}
        .tile span{color:var(--soft);font-size:13px}
        svg{display:block;width:100%;height:auto}svg text{fill:var(--soft);font-size:12px}
        svg .name{fill:var(--ink);font-size:13px}svg .grid{stroke:var(--line)}svg .row{fill:var(--tile)}
        svg .bar{fill:var(--bar)}svg .warm{fill:var(--warm)}
        table{border-collapse:collapse;width:100%}th,td{padding:6px 10px;border-bottom:1px solid var(--line);text-align:right}
        th{color:var(--soft);font-weight:500}th:first-child,td:first-child{text-align:left}
        li{margin:2px 0}
        """

    private static func tiles(_ summary: MixSummary) -> String {
        let limiting = summary.limiting
        let tiles = [
            (summary.loudness.map { "\(decimal($0)) LUFS" } ?? "silent", "integrated loudness (EBU R128)"),
            ("\(decimal(summary.peak.value)) dBFS", "highest sample"),
            limiting.duration > 0
                ? (
                    "\(decimal(limiting.deepest.value)) dB",
                    "limiter, at \(clock(limiting.position)); worked for \(decimal(limiting.duration)) s"
                )
                : ("0 dB", "limiter: never needed"),
        ]
        return tiles.map { "<div class=\"tile\"><b>\($0.0)</b><span>\($0.1)</span></div>" }.joined()
    }

    private static func table(_ summary: MixSummary) -> String {
        let rows = summary.participants.map { participant in
            let loudness = participant.loudness.map { "\(decimal($0)) LUFS" } ?? "–"
            let repaired = participant.lane.samplesConcealed + participant.lane.samplesMissing
            let seconds = Double(repaired) / Double(summary.format.sampleRate)
            return "<tr><td>\(escaped(participant.name))</td><td>\(clock(participant.speaking))</td>"
                + "<td>\(decimal(participant.share * 100)) %</td><td>\(loudness)</td>"
                + "<td>\(decimal(participant.peak.value)) dBFS</td><td>\(decimal(seconds)) s</td></tr>"
        }
        return "<table><tr><th>name</th><th>speaking</th><th>share</th><th>loudness</th><th>peak</th>"
            + "<th>concealed or missing</th></tr>\(rows.joined())</table>"
    }

    private static func warnings(_ summary: MixSummary) -> String {
        guard !summary.warnings.isEmpty else { return "" }
        let items = summary.warnings.map { "<li>\(escaped($0))</li>" }.joined()
        return "<h2>Repaired on the way</h2><ul>\(items)</ul>"
    }

    // MARK: - Text

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// `0:07`, `1:02:03`
    static func clock(_ seconds: Double) -> String {
        let total = Int(seconds.rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// One decimal.
    static func decimal(_ value: Double) -> String {
        guard value.isFinite else { return value < 0 ? "−∞" : "∞" }
        let tenths = Int((value.magnitude * 10).rounded())
        return "\(value < 0 && tenths > 0 ? "−" : "")\(tenths / 10).\(tenths % 10)"
    }

    static func fileName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }
}
