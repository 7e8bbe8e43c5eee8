import CaptureStreams
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
            \(drawn.map { section($0, inspection.duration) }.joined())
            </main></body></html>

            """
    }

    private static let style = """
        .key{color:var(--soft);font-size:13px;margin:2px 0 6px}.key i{display:inline-block;width:14px;height:10px;\
        border-radius:2px;margin:0 6px 0 14px}.key i:first-child{margin-left:0}
        svg .line{fill:none;stroke:var(--warm);stroke-width:1.6}svg .good{fill:#3d9a5f}svg .bad{fill:var(--warm)}
        """

    private static func section(_ inspection: StreamInspection, _ duration: Double) -> String {
        let chart = TimelineChart(duration: duration, tickSeconds: CaptureInspection.tickSeconds)
        let name = inspection.stream.canonicalName ?? inspection.stream.key.ssrcText
        let playout = inspection.playout
        let recovered = playout.recoveredFromCopy + playout.recoveredFromFEC
        return """
            <h2>\(MixReport.escaped(name))</h2>
            <p class="sub">\(inspection.stream.key.ssrcText), \(inspection.stream.key.source) to \
            \(inspection.stream.key.destination). Mean delay \(number(playout.meanDelay * 1000)) ms; \
            \(playout.lost) lost, \(recovered) of them recovered; \
            \(number(Double(playout.samplesConcealed) / 48)) ms concealed; \
            \(number(Double(playout.samplesShortened) / 48)) ms taken out, \
            \(number(Double(playout.samplesLengthened) / 48)) ms put in.</p>
            <p class="key"><i style="background:var(--bar)"></i>how late packets came\
            <i style="background:var(--warm)"></i>the jitter buffer's target</p>
            \(chart.delay(inspection.arrivalDelay, target: inspection.target))
            <p class="key"><i style="background:#3d9a5f"></i>lost and recovered\
            <i style="background:var(--warm)"></i>lost and concealed</p>
            \(chart.repairs(inspection.recovered, inspection.concealed))
            <p class="key">level</p>
            \(chart.level(inspection.level))
            """
    }

    private static func table(_ inspection: CaptureInspection) -> String {
        let rows = inspection.streams.map { stream in
            let reception = stream.stream.reception
            let share = reception.expected > 0 ? Double(reception.lost) / Double(reception.expected) * 100 : 0
            let cells = [
                MixReport.escaped(stream.stream.canonicalName ?? stream.stream.key.ssrcText), "\(reception.received)",
                "\(number(share)) %", "\(reception.reordered)",
                "\(number(reception.meanJitter * 1000 / Double(stream.stream.clockRate))) ms",
                stream.drift.map { "\(number($0)) ppm" } ?? "–", "\(stream.talkSpurts)",
                "\(number(stream.bitrate / 1000)) kbit/s",
            ]
            return "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        let head = ["stream", "packets", "lost", "reordered", "jitter", "drift", "talk-spurts", "bitrate"]
        return "<table><tr>" + head.map { "<th>\($0)</th>" }.joined() + "</tr>" + rows.joined() + "</table>"
    }

    private static func number(_ value: Double) -> String { MixReport.decimal(value) }
}
