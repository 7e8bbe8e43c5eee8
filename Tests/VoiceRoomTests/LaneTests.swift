import MediaCore
import PipelineSpec
import Testing
import VoiceRoom

@Suite struct LaneTests {
    /// A pipeline of the least there can be: stand-ins for the codec whose packets hold their samples as bytes.
    static let plan = TestStages.plan()

    @Test(arguments: [[1], [4], [1, 2, 3], [7, 5], [240]])
    func `packets of any length become frames without a sample lost`(milliseconds: [Int]) throws {
        var lane = try ParticipantLane(plan: Self.plan, entry: .opus)
        var frame = PCMFrame(format: Self.plan.format)
        var (sent, next) = (0, 0)
        var heard: [Float] = []
        while true {
            while lane.wantsInput {
                guard sent < 48_000 else {
                    lane.end()
                    break
                }
                let count = min(milliseconds[next % milliseconds.count] * 48, 5760)
                lane.ingest(TestStages.packet(value: 64, count: count).span)
                (sent, next) = (sent + count, next + 1)
            }
            guard lane.pull(into: &frame) == .frame else { break }
            for i in frame.samples.indices { heard.append(frame.samples[i]) }
        }
        #expect(lane.length == sent)
        #expect(heard.count >= sent && heard.count < sent + 960)
        // Between the fades at both ends, every sample is there.
        #expect(heard[480..<(sent - 480)].allSatisfy { $0 == 0.5 })
        #expect(heard[sent...].allSatisfy { $0 == 0 })
        #expect(heard[0] < 0.01 && heard[sent - 1] < 0.01)
    }

    @Test func `trims at both ends are not heard and do not count`() throws {
        var lane = try ParticipantLane(plan: Self.plan, entry: .opus)
        lane.ingest(TestStages.packet(value: 127, count: 960).span, trimStart: 312)
        lane.ingest(TestStages.packet(value: 64, count: 960).span, trimEnd: 60)
        #expect(lane.length == 960 - 312 + 900)
    }

    @Test func `a short gap is concealed, a long one ends in silence without a step`() throws {
        var lane = try ParticipantLane(plan: Self.plan, entry: .opus)
        let heard = try drive(&lane) { lane, step in
            switch step {
            case 0..<10, 11..<20: lane.ingest(TestStages.packet(value: 64, count: 960).span)
            case 10: lane.ingestGap(48_000)
            default: lane.end()
            }
        }
        #expect(lane.statistics.samplesConcealed == 5760)
        #expect(lane.statistics.samplesMissing == 48_000 - 5760)
        #expect(heard.count >= 20 * 960 - 960 + 48_000)
        #expect(zip(heard, heard.dropFirst()).allSatisfy { ($0 - $1).magnitude < 0.01 })
        #expect(heard[(10 * 960 + 5760 + 10)..<(10 * 960 + 40_000)].allSatisfy { $0 == 0 })
    }

    @Test func `a skipped packet leaves silent frames and no step`() throws {
        var lane = try ParticipantLane(plan: Self.plan, entry: .opus)
        let heard = try drive(&lane) { lane, step in
            switch step {
            case 0..<5, 15..<20: lane.ingest(TestStages.packet(value: 64, count: 960).span)
            case 5..<15: lane.ingest(TestStages.silentPacket(count: 960).span)
            default: lane.end()
            }
        }
        #expect(lane.statistics.packetsSkipped == 10)
        #expect(heard.count >= 20 * 960)
        #expect(zip(heard, heard.dropFirst()).allSatisfy { ($0 - $1).magnitude < 0.01 })
    }

    @Test func `a refused packet is counted and concealed`() throws {
        var lane = try ParticipantLane(plan: Self.plan, entry: .opus)
        let heard = try drive(&lane) { lane, step in
            switch step {
            case 5: lane.ingest(TestStages.corruptPacket(count: 960).span)
            case 0..<10: lane.ingest(TestStages.packet(value: 64, count: 960).span)
            default: lane.end()
            }
        }
        #expect(lane.statistics.packetsCorrupt == 1)
        #expect(lane.statistics.samplesConcealed == 960)
        #expect(lane.length == 10 * 960)
        #expect(heard.count >= 10 * 960)
    }

    /// Feeds a lane step by step and gathers what it gives.
    private func drive(
        _ lane: inout ParticipantLane, _ feed: (inout ParticipantLane, Int) -> Void
    ) throws -> [Float] {
        var frame = PCMFrame(format: lane.format)
        var heard: [Float] = []
        var step = 0
        while true {
            while lane.wantsInput {
                feed(&lane, step)
                step += 1
            }
            guard lane.pull(into: &frame) == .frame else { return heard }
            for i in frame.samples.indices { heard.append(frame.samples[i]) }
        }
    }
}
