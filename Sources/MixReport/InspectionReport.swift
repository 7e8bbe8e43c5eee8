import CaptureStreams
import FileAccess
public import Inspection
import MediaCore
import PacketCapture
import RTPWire

/// One self-contained page about a capture: for each stream, how late packets came with the buffer's target over it, what
/// was lost and how it was repaired, and the level. It needs no network and no script.
public enum InspectionReport {
    /// Streams that are drawn; the rest is only listed.
    public static let maximumStreams = 40

    public static func html(_ inspection: CaptureInspection) -> String {
        let title = "Capture report: \(MixReport.escaped(MixReport.fileName(inspection.path)))"
        let drawn = inspection.streams.filter { $0.stream.content == .opus }.prefix(maximumStreams)
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>\(title)</title>
            <style>\(MixReport.style)\(style)</style></head>
            <body><main>
            <h1>\(MixReport.escaped(MixReport.fileName(inspection.path)))</h1>
            <p class="sub">\(MixReport.clock(inspection.duration)), \(inspection.scan.counters.datagrams) datagrams, \
            \(inspection.streams.count) RTP stream\(inspection.streams.count == 1 ? "" : "s")</p>
            \(table(inspection))
            \(warnings(inspection))
            \(drawn.map { section($0, inspection.duration) }.joined())
            </main></body></html>

            """
    }

    private static let style = """
        .key{color:var(--soft);font-size:13px;margin:10px 0 6px}.key b{color:var(--ink);font-weight:600}
        .key i{display:inline-block;width:14px;height:10px;border-radius:2px;margin:0 6px 0 14px;background:var(--bar)}
        .key i.stroke{height:3px;margin-bottom:3px;background:var(--warm)}
        :root{--good:#2f8f57}@media(prefers-color-scheme:dark){:root{--good:#5cc487}}
        svg .line{fill:none;stroke:var(--warm);stroke-width:1.8}svg .good{fill:var(--good)}svg .bad{fill:var(--warm)}
        """

    private static func section(_ inspection: StreamInspection, _ duration: Double) -> String {
        let chart = TimelineChart(duration: duration, tickSeconds: CaptureInspection.tickSeconds)
        let (playout, key) = (inspection.playout, inspection.stream.key)
        let recovered = playout.recoveredFromCopy + playout.recoveredFromFEC
        return """
            <h2>\(MixReport.escaped(name(inspection.stream)))</h2>
            <p class="sub">\(key.ssrcText), \(key.source) to \(key.destination). \(opus(inspection.opus)). \
            Heard \(Int((playout.meanDelay * 1000).rounded())) ms after arrival on average. \(playout.lost) packets lost, \
            \(recovered) of them recovered; \(seconds(playout.samplesConcealed)) concealed, \
            \(seconds(playout.samplesShortened)) taken out and \(seconds(playout.samplesLengthened)) put in to keep the pace.</p>
            <p class="key"><b>Arrival delay</b><i></i>how late packets came, against the fastest\
            <i class="stroke"></i>the jitter buffer's target</p>
            \(chart.delay(inspection.arrivalDelay, target: inspection.target))
            <p class="key"><b>Lost packets</b> and how each was repaired</p>
            \(chart.repairs([
                ("from a copy: \(playout.recoveredFromCopy)", "good", inspection.recoveredFromCopy),
                ("from FEC: \(playout.recoveredFromFEC)", "good", inspection.recoveredFromFEC),
                ("concealed: \(playout.lost - recovered)", "bad", inspection.concealed),
            ]))
            <p class="key"><b>Level</b> highest sample, as heard</p>
            \(chart.level(inspection.level))
            """
    }

    private static func table(_ inspection: CaptureInspection) -> String {
        let rows = inspection.streams.map { stream in
            let (summary, reception) = (stream.stream, stream.stream.reception)
            let share = reception.expected > 0 ? Double(summary.lost) / Double(reception.expected) * 100 : 0
            let cells = [
                MixReport.escaped(name(summary)), content(summary), "\(reception.received)",
                "\(summary.lost) (\(number(share)) %)", "\(reception.reordered)", "\(summary.duplicates)",
                "\(number(reception.meanJitter * 1000 / Double(summary.clockRate))) ms", drift(stream),
                summary.content == .opus ? "\(stream.talkSpurts)" : "–", "\(number(stream.bitrate / 1000)) kbit/s",
            ]
            return "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        let head = [
            "stream", "content", "packets", "lost", "reordered", "twice", "jitter", "drift", "talk-spurts", "bitrate",
        ]
        return "<table><tr>" + head.map { "<th>\($0)</th>" }.joined() + "</tr>" + rows.joined() + "</table>"
    }

    private static func warnings(_ inspection: CaptureInspection) -> String {
        guard !inspection.scan.warnings.isEmpty else { return "" }
        let items = inspection.scan.warnings.map { "<li>\(MixReport.escaped($0.description))</li>" }.joined()
        return "<h2>Not as it should be</h2><ul>\(items)</ul>"
    }

    private static func name(_ stream: StreamSummary) -> String { stream.canonicalName ?? stream.key.ssrcText }

    private static func content(_ stream: StreamSummary) -> String {
        switch stream.content {
        case .opus: "Opus" + (stream.isEncrypted ? ", SRTP" : "")
        case .other(let codec): codec
        case .unknown: "unknown"
        case .undecipherable: "wrong key"
        }
    }

    private static func drift(_ stream: StreamInspection) -> String {
        guard let drift = stream.drift, let error = stream.driftError else { return "–" }
        return "\(number(drift)) ± \(number(error)) ppm"
    }

    /// Mode and bandwidth of most packets.
    private static func opus(_ opus: OpusInventory) -> String {
        let mode = opus.modes.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.rawValue
        let width = opus.bandwidths.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.rawValue
        return "Opus, mostly \(mode ?? "nothing") and \(width ?? "nothing"), \(number(opus.bitrate / 1000)) kbit/s"
    }

    private static func seconds(_ samples: Int) -> String { "\(number(Double(samples) / 48_000)) s" }

    private static func number(_ value: Double) -> String { MixReport.decimal(value) }
}
