import AudioFile
import CAllocationCounter
import Foundation
import MediaCore
import OfflineMix
import PipelineSpec
import ShippedPipelines
import StandardStages
import Testing

#if !DEBUG
    /// In the steady state a tick allocates nothing. Debug builds box and retain where release builds do not, so these
    /// tests are compiled in release builds only.
    @Suite(.serialized) struct ReleaseTestsOfAllocation {
        static let meeting = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "samples/meeting").path

        /// Mixes 40 s, which are 500 chunks of 4 ticks: the first 10 s warm up, the next 24 s are counted.
        static func countAllocations(mixing request: MixRequest) throws -> (MixSummary, Int) {
            let mixer = try OfflineMixer(request)
            var chunks = 0
            var counted = -1
            let summary = try mixer.run(progress: { _ in
                chunks += 1
                if chunks == 125 { allocation_counter_start() }
                if chunks == 425 { counted = allocation_counter_stop() }
            })
            return (summary, counted)
        }

        @Test func `the counter counts`() {
            allocation_counter_start()
            let values = Array(repeating: Int.random(in: 0...9), count: 1000)
            let counted = allocation_counter_stop()
            #expect(values.count == 1000 && counted > 0)
        }

        @Test(arguments: ShippedPipelines.names, ["opus", "wav"])
        func `mixing recordings allocates nothing per tick`(pipeline: String, output: String) throws {
            let folder = FileManager.default.temporaryDirectory.appending(
                path: "parley-allocations-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let plan = try PipelineFile.load(
                text: try #require(ShippedPipelines.text(named: pipeline)), file: pipeline, registry: .standard)
            let request = MixRequest(
                plan: plan, inputs: try InputResolver.resolve([Self.meeting]),
                output: MixTarget(
                    path: folder.appending(path: "mix.\(output)").path, format: .audio(output == "opus" ? .opus : .wav))
            )
            let (summary, counted) = try Self.countAllocations(mixing: request)
            #expect(summary.duration == 40)
            #expect(counted == 0, "\(counted) allocations in 1200 ticks")
        }
    }
#endif
