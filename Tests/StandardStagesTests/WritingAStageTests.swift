import Foundation
import MediaCore
import PipelineSpec
import StageBench
import StageCosts
import StandardStages
import Testing
import VoiceRoom

/// `docs/writing-a-stage.md`, compiled and run.
@Suite struct WritingAStageTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    static let document = folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "docs/writing-a-stage.md")

    /// The first block of code of a language.
    private static func block(_ language: String) throws -> String {
        let text = try String(contentsOf: document, encoding: .utf8)
        let start = try #require(text.range(of: "```\(language)\n"))
        let end = try #require(text.range(of: "```", range: start.upperBound..<text.endIndex))
        return String(text[start.upperBound..<end.lowerBound])
    }

    @Test func `the document shows the code that is compiled here`() throws {
        let source = try String(contentsOf: Self.folder.appending(path: "Tremolo.swift"), encoding: .utf8)
        #expect(try Self.block("swift") == source)
    }

    @Test func `a stage of one's own is used by name from a pipeline file`() throws {
        let text = try Self.block("yaml")
        #expect(throws: PipelineErrors.self) {
            _ = try PipelineFile.load(text: text, file: "surf.yaml", registry: .standard)
        }
        var registry = StageRegistry.standard
        registry.register(Tremolo.descriptor)
        let plan = try PipelineFile.load(text: text, file: "surf.yaml", registry: registry)
        var lane = try ParticipantLane(plan: plan, entry: .pcm)
        let ones = [Float](repeating: 1, count: 960)
        var heard: [Float] = []
        var frame = PCMFrame(format: plan.format)
        for _ in 0..<20 {
            while lane.wantsInput { lane.ingest(pcm: ones.span) }
            _ = lane.pull(into: &frame)
            let samples = frame.samples
            for i in samples.indices { heard.append(samples[i]) }
        }
        // 6 Hz at 80 %: down to a fifth after a twelfth of a second, and back up.
        #expect((heard[4000] - 0.2).magnitude < 0.01)
        #expect((heard[8000] - 1).magnitude < 0.01)
    }

    @Test func `it is measured like any other`() throws {
        var registry = StageRegistry.standard
        registry.register(Tremolo.descriptor)
        let bench = StageBench(registry: registry, seconds: 0.003)
        let stage = try Tremolo.descriptor.planned(settings: [("depth", "80 %")], format: AudioFormat())
        let report = try bench.report(parley: "mine", date: "2026-01-31") { try bench.measure([stage]) }
        #expect(CostTable.text(report, width: 100, color: false).contains("tremolo"))
    }

    @Test func `it is refused and documented like any other`() throws {
        var registry = StageRegistry.standard
        registry.register(Tremolo.descriptor)
        let text = try Self.block("yaml").replacing("6 Hz", with: "60 Hz")
        do throws(PipelineErrors) {
            _ = try PipelineFile.load(text: text, file: "surf.yaml", registry: registry)
            Issue.record("60 Hz is out of range")
        } catch {
            #expect(error.description.contains("'rate' is out of range"))
        }
        #expect(StageDocumentation.text(Tremolo.descriptor).contains("how far down"))
    }
}
