import BasicContainers
import MediaCore
import PipelineSpec
import Testing
import VoiceRoom

@Suite struct RoomTests {
    @Test func `each exclusion class hears everyone but those it excludes`() throws {
        let plan = TestStages.plan()
        var room = try Room(plan: plan, capacity: 3, maximumClasses: 3)
        let everyone = try room.addClass(excluding: ExclusionSet())
        let second = try room.addClass(excluding: ExclusionSet(1))
        var lanes = RigidArray<ParticipantLane>(capacity: 3)
        for _ in 0..<3 { lanes.append(try ParticipantLane(plan: plan, entry: .opus)) }
        for tick in 0..<10 {
            for i in lanes.indices {
                while lanes[i].wantsInput {
                    lanes[i].ingest(TestStages.packet(value: UInt8(16 << i), count: 960).span)
                }
            }
            #expect(room.tick(lanes: &lanes) == 3)
            guard tick > 0 else { continue }
            #expect(room.classes[everyone].frame.samples[500] == Float(16 + 32 + 64) / 128)
            #expect(room.classes[second].frame.samples[500] == Float(16 + 64) / 128)
        }
    }

    @Test func `a lane that has ended is absent and the others go on`() throws {
        let plan = TestStages.plan()
        var room = try Room(plan: plan, capacity: 2, maximumClasses: 1)
        let mix = try room.addClass(excluding: ExclusionSet())
        var lanes = RigidArray<ParticipantLane>(capacity: 2)
        for _ in 0..<2 { lanes.append(try ParticipantLane(plan: plan, entry: .opus)) }
        lanes[0].end()
        while lanes[1].wantsInput { lanes[1].ingest(TestStages.packet(value: 64, count: 960).span) }
        #expect(room.tick(lanes: &lanes) == 1)
        #expect(room.classes[mix].frame.samples[959] == 0.5)
    }
}
