import Foundation
import FoundationXML
import MixReport
import StageCosts
import TestCosts
import Testing

@Suite struct CostReportPageTests {
    /// A page as XML: what HTML leaves open is closed first.
    private static func isWellFormed(_ page: String) -> Bool {
        let closed = page.replacing("<!doctype html>", with: "")
            .replacing(/<meta [^>]*>/) { "\($0.output.dropLast())/>" }
        return XMLParser(data: Data(closed.utf8)).parse()
    }

    @Test func `the page is well-formed, says what the report says, and needs nothing else`() {
        let page = CostReportPage.html(SampleCosts.report())
        #expect(Self.isWellFormed(page))
        for words in [
            "AMD EPYC 7B13", "2 cores, virtual, Linux 6.1.0", "load 1.2, steal 0.3 %", "libopus 1.4",
            "varied by 4 %", "Against the floor", "srtp.protect, 1000 keys", "1.080 ± 0.006", "24.1 µs/frame",
            "0.38 %, 266 streams", "opus_decode_float",
        ] {
            #expect(page.contains(words), "\(words)")
        }
        #expect(!page.contains("http:") && !page.contains("https:") && !page.contains("<script"))
        #expect(page.contains("prefers-color-scheme:dark"))
    }

    @Test func `every ratio has a bar, an interval and a line at 1`() {
        let report = SampleCosts.report()
        let page = CostReportPage.html(report)
        func count(_ text: String) -> Int { page.components(separatedBy: text).count - 1 }
        #expect(count("<path class=\"ink\"") == report.costs.count { $0.floor != nil })
        #expect(count("<line class=\"one\"") == 1)
        // A mark for each cost, and one for the legend.
        for mark in ["<circle class=\"bar\"", "<path class=\"p95\"", "<path class=\"p99\""] {
            #expect(count(mark) == report.costs.count + 1, "\(mark)")
        }
        #expect(count("<tr>") == report.costs.count + 1)
    }

    @Test func `hostile names stay text`() {
        var report = SampleCosts.report()
        let hostile = "\"><script>alert('x')</script>&amp;\u{1B}\u{0}]]>"
        report.parley = hostile
        report.date = hostile
        report.warnings = [hostile]
        report.machine.processor = hostile
        report.machine.kernel = hostile
        report.machine.libraries = [hostile]
        report.machine.missing = [hostile]
        for index in report.costs.indices {
            report.costs[index].subject.kind = hostile
            report.costs[index].subject.part = hostile
            report.costs[index].subject.input = hostile
            report.costs[index].subject.arguments = [hostile: "\(index)"]
            report.costs[index].floor?.name = hostile
        }
        let page = CostReportPage.html(report)
        #expect(Self.isWellFormed(page) && !page.contains("<script"))
        #expect(page.contains("&lt;script&gt;"))
    }

    @Test func `a page without floors or costs is a page`() {
        var report = SampleCosts.report()
        for index in report.costs.indices { report.costs[index].floor = nil }
        var page = CostReportPage.html(report)
        #expect(Self.isWellFormed(page) && !page.contains("Against the floor") && page.contains("What each costs"))
        report.costs = []
        page = CostReportPage.html(report)
        #expect(Self.isWellFormed(page) && !page.contains("<svg"))
    }

    @Test func `figures at the edge of what a file may hold are drawn`() {
        var report = SampleCosts.report()
        report.costs[0].nanoseconds.median = 0
        report.costs[1].nanoseconds.median = 1e15
        report.costs[0].floor = FloorCost(
            name: "f", nanoseconds: 0, ratio: 0, interval: Interval(low: 0, high: 1e15))
        report.costs[1].floor = FloorCost(
            name: "f", nanoseconds: 1e15, ratio: 1e15, interval: Interval(low: 0, high: 1e15))
        let page = CostReportPage.html(report)
        #expect(Self.isWellFormed(page) && !page.contains("nan") && !page.contains("inf\""))
    }
}
