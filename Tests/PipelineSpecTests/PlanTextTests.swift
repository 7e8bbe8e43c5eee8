import Foundation
import MediaCore
import PipelineSpec
import ShippedPipelines
import StandardStages
import Testing

@Suite struct PlanTextTests {
    static func plan(_ name: String = "guild-voice") throws -> PipelinePlan {
        try PipelineFile.load(text: try #require(ShippedPipelines.text(named: name)), file: name, registry: .standard)
    }

    @Test func `the description has every stage with its types and the sum of their latencies`() throws {
        let text = PlanDescription.text(try Self.plan())
        #expect(text.contains("opus.decode      opus → pcm"))
        #expect(text.contains("select.loudest   pcm × N → pcm × N"))
        #expect(text.contains("threshold -55 dBov"))
        // 5 ms of gate, 3 ms and the interpolator's 16 samples of limiter, 2.5 ms of encoder.
        #expect(text.contains("algorithmic latency 10.8 ms"))
    }

    @Test(arguments: PlanGraph.Format.allCases)
    func `every picture names every stage`(format: PlanGraph.Format) throws {
        let plan = try Self.plan()
        let text = PlanGraph.text(plan, as: format)
        for stage in plan.participant + plan.room + plan.listener { #expect(text.contains(stage.descriptor.kind)) }
    }

    @Test func `the SVG is well-formed XML`() throws {
        let data = Data(PlanGraph.text(try Self.plan("podcast"), as: .svg).utf8)
        #expect(throws: Never.self) { try XMLReader.check(data) }
    }

    @Test func `every stage is documented with unit, range and default`() {
        for stage in StageRegistry.standard.all {
            let text = StageDocumentation.text(stage)
            #expect(text.contains(stage.summary))
            for parameter in stage.parameters {
                #expect(text.contains(parameter.name) && text.contains(parameter.meaning))
                #expect(text.contains(parameter.type.range))
            }
        }
        #expect(StageDocumentation.list(.standard).contains("silence.gate"))
    }

    @Test func `the documentation for machines is JSON`() throws {
        let data = Data(StageDocumentation.json(StageRegistry.standard.all).utf8)
        let stages = try #require(try JSONSerialization.jsonObject(with: data) as? [[String: Any]])
        #expect(stages.count == StageRegistry.standard.all.count)
    }

    @Test func `an example in the documentation can be used as it stands`() throws {
        for stage in StageRegistry.standard.all where stage.scopes.contains(.participant) && stage.input == .pcm {
            let example = try #require(
                StageDocumentation.text(stage).split(separator: "\n").last { $0.contains("- \(stage.kind)") })
            let line = "  " + example.drop { $0 == " " }
            let text = RefusalTests.good.replacing("room:", with: "\(line)\nroom:")
            #expect(RefusalTests.errors(text) == [])
        }
    }
}

/// The least of XML: tags that open and close in order, entities that exist.
enum XMLReader {
    struct Problem: Error { var text: String }

    static func check(_ data: Data) throws {
        var open: [String] = []
        var rest = Substring(String(decoding: data, as: UTF8.self))
        while let start = rest.firstIndex(of: "<") {
            if let entity = rest[..<start].firstIndex(of: "&") {
                let name = rest[entity...].prefix { $0 != ";" }
                guard ["&amp", "&lt", "&gt", "&quot"].contains(name) else { throw Problem(text: "\(name)") }
            }
            guard let end = rest[start...].firstIndex(of: ">") else { throw Problem(text: "a tag has no end") }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            if tag.hasPrefix("?") || tag.hasPrefix("!") || tag.hasSuffix("/") { continue }
            let name = String(tag.drop { $0 == "/" }.prefix { $0 != " " && $0 != "\n" })
            if tag.hasPrefix("/") {
                guard open.popLast() == name else { throw Problem(text: "</\(name)> closes nothing") }
            } else {
                open.append(name)
            }
        }
        guard open.isEmpty else { throw Problem(text: "\(open) stay open") }
    }
}
