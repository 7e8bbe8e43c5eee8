import BasicContainers
public import MediaCore
import PipelineSpec

/// One exclusion class of a room: the listeners who hear the same voices, and so the same mix and the same packets.
///
/// It holds what the room's scope has from the mixer on, and the listener's scope.
public struct MixClass: ~Copyable {
    /// The voices that this class does not hear.
    public let excluded: ExclusionSet
    /// The mix of the last tick, after the room's scope.
    public private(set) var frame: PCMFrame
    private var mixer: any VoiceMixer & ~Copyable
    private var filters: RigidArray<any FrameFilter & ~Copyable>

    init(plan: PipelinePlan, excluding excluded: ExclusionSet) throws {
        self.excluded = excluded
        frame = PCMFrame(format: plan.format)
        filters = RigidArray(capacity: plan.room.count)
        var mixers = RigidArray<any VoiceMixer & ~Copyable>(capacity: 1)
        for stage in plan.room {
            switch stage.descriptor.builder {
            case .voiceMixer(let make): mixers.append(try make(stage.arguments, plan.format))
            case .frameFilter(let make): filters.append(try make(stage.arguments, plan.format))
            default: break
            }
        }
        precondition(mixers.count == 1, "a plan's room scope has exactly one mixer")
        mixer = mixers.removeLast()
    }

    mutating func advance(_ voices: borrowing VoiceBank) {
        mixer.mix(voices, excluding: excluded, into: &frame)
        for i in filters.indices { filters[i].process(&frame) }
    }
}
