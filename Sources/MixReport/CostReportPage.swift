import MediaCore
public import StageCosts

/// One self-contained page about what stages cost: against their floors, against one another, and as a part of a core.
/// It needs no network and no script.
public enum CostReportPage {
    public static func html(_ report: CostReport) -> String {
        let labels = CostLabels(report.costs.map(\.subject))
        let charts = CostCharts(report.costs, labels)
        let format = labels.format.map { "\($0.text), one thread" } ?? "several formats, one thread"
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
            <title>What stages cost: Parley \(escaped(report.parley))</title>
            <style>\(MixReport.style)\(style)</style></head>
            <body><main>
            <h1>What stages cost</h1>
            <p class="sub">\(count(report.costs.count, "measurement")); \(escaped(format))</p>
            <section class="tiles">\(tiles(report))</section>
            \(warnings(report))
            \(report.costs.isEmpty ? "" : pictures(charts))
            \(report.costs.isEmpty ? "" : "<h2>All figures</h2>" + CostFigures(report.costs, labels).html)
            </main></body></html>

            """
    }

    private static let style = """
        .key{color:var(--soft);font-size:13px;margin:2px 0 10px}.key svg{display:inline;width:auto;height:10px;\
        margin:0 5px 0 12px}
        :root{--good:#2f8f57}@media(prefers-color-scheme:dark){:root{--good:#5cc487}}
        svg .good{fill:var(--good)}svg .ink{stroke:var(--ink);fill:none}svg .one{stroke:var(--soft);stroke-width:1.5}
        svg .reach{stroke:var(--bar);stroke-width:2;opacity:.45}svg .p95{stroke:var(--bar);stroke-width:2}
        svg .p99{fill:var(--paper);stroke:var(--warm);stroke-width:1.8}svg text.value{fill:var(--ink)}
        .tile b{font-size:17px;line-height:1.3;overflow-wrap:anywhere}.tile span{display:block;margin-top:2px}
        .wide{overflow-x:auto;width:max-content;min-width:100%;max-width:calc(100vw - 48px);position:relative;left:50%;\
        transform:translateX(-50%)}.wide table{font-size:13px;white-space:nowrap;font-variant-numeric:tabular-nums}
        .wide th,.wide td{padding:4px 7px}td.words,th.words{text-align:left}td.bad{color:var(--warm);font-weight:600}
        ul.doubts{background:var(--tile);border-left:3px solid var(--warm);border-radius:4px;padding:8px 12px 8px 28px}
        """

    private static func tiles(_ report: CostReport) -> String {
        let machine = report.machine
        let shipped = report.isShipped == true ? "came with Parley; measured elsewhere, " : ""
        let libraries = machine.libraries.map { escaped($0) }.joined(separator: ", ")
        var tiles = [
            (
                escaped(machine.processor),
                "\(count(machine.cores, "core"))\(machine.isVirtual ? ", virtual" : ""), \(escaped(machine.kernel))"
            ),
            (
                "load \(TextFormat.decimal(machine.load, 1)), steal \(CostText.percent(machine.steal))",
                "while it was measured"
            ),
            ("Parley \(escaped(report.parley))", shipped + escaped(report.date)),
        ]
        if !libraries.isEmpty { tiles.append((libraries, "what stages and floors call")) }
        return tiles.map { "<div class=\"tile\"><b>\($0.0)</b><span>\($0.1)</span></div>" }.joined()
    }

    private static func warnings(_ report: CostReport) -> String {
        let all = report.warnings + report.machine.missing.map { "not to be had on this machine: \($0)" }
        guard !all.isEmpty else { return "" }
        return "<h2>What to keep in mind</h2><ul class=\"doubts\">"
            + all.map { "<li>\(escaped($0))</li>" }.joined() + "</ul>"
    }

    private static func pictures(_ charts: CostCharts) -> String {
        let ratios = charts.ratios()
        let against = """
            <h2>Against the floor</h2>
            <p class="key">How many times as long as its floor a stage takes; the floor is the same work in bare C, \
            against the same library, in the same run. Whiskers: where 95 % of repetitions would be. Logarithmic.</p>
            \(ratios)
            """
        return """
            \(ratios.isEmpty ? "" : against)
            <h2>What each costs</h2>
            <p class="key">Processor time of one thread for one frame, packet or tick, logarithmic.\
            \(CostCharts.key(.median)) median\(CostCharts.key(.p95)) 95th percentile\
            \(CostCharts.key(.p99)) 99th percentile</p>
            \(charts.times())
            <h2>Where a core’s time goes</h2>
            <p class="key">What one stream takes of a core, at one of the unit for every frame; and how many streams one \
            core carries of what stands there alone.</p>
            \(charts.shares())
            """
    }

    private static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    private static func escaped(_ text: String) -> String { MixReport.escaped(TextFormat.printable(text, limit: 400)) }
}
