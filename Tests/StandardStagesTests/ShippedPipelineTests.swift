import BasicContainers
import Foundation
import MediaCore
import PipelineSpec
import ShippedPipelines
import StandardStages
import Testing
import VoiceRoom

@Suite struct ShippedPipelineTests {
    @Test func `every file in Pipelines is shipped`() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Pipelines")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        #expect(Set(files) == Set(ShippedPipelines.names.map { "\($0).yaml" }))
        for name in ShippedPipelines.names {
            let text = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
            #expect(ShippedPipelines.text(named: name) == text)
        }
    }

    @Test(arguments: ShippedPipelines.names)
    func `each is loaded, checked, built and run`(name: String) throws {
        let text = try #require(ShippedPipelines.text(named: name))
        let plan = try PipelineFile.load(text: text, file: "\(name).yaml", registry: .standard)
        #expect(plan.name == name && !plan.description.isEmpty)
        var room = try Room(plan: plan, capacity: 3, maximumClasses: 2)
        let all = try room.addClass(excluding: ExclusionSet())
        _ = try room.addClass(excluding: ExclusionSet(1))
        var listener = try ListenerLane(plan: plan)
        var lanes = RigidArray<ParticipantLane>(capacity: 3)
        for _ in 0..<3 { lanes.append(try ParticipantLane(plan: plan, entry: .pcm)) }
        let voice = (0..<plan.format.valuesPerFrame).map { 0.2 * Float(sin(Double($0) * 0.05)) }
        var bytes = 0
        var peak: Float = 0
        for tick in 0..<100 {
            for i in lanes.indices {
                while lanes[i].wantsInput { lanes[i].ingest(pcm: voice.span) }
            }
            #expect(room.tick(lanes: &lanes) == 3)
            listener.advance(room.classes[all].frame)
            bytes += listener.payload.count
            if tick > 50 { peak = max(peak, SampleKernels.peak(room.classes[all].frame.samples)) }
        }
        #expect(peak > 0.3 && peak <= 1)
        #expect(bytes > 5000)
        #expect(listener.encoderLatency == plan.latency(of: .listener))
    }
}
