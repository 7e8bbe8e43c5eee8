public import BasicContainers
public import MediaCore
public import PipelineSpec

/// A room: the voices of a tick are put into its places, `advance` mixes them once per exclusion class.
///
/// A room is a value with one owner. It opens nothing, reads no clock and, once set up, allocates nothing. Drivers fill
/// `voices` from lanes, whether on this thread or on many, then call `advance`; `tick(lanes:)` does both for the usual
/// case of lanes that live beside the room.
public struct Room: ~Copyable {
    public let plan: PipelinePlan
    /// The places: set the frames and who is present before each `advance`.
    public var voices: VoiceBank
    public private(set) var classes: RigidArray<MixClass>
    private var selectors: RigidArray<any VoiceSelector & ~Copyable>

    /// - Parameters:
    ///   - capacity: places, 0...`ExclusionSet.capacity`.
    ///   - maximumClasses: exclusion classes that `addClass` may add.
    public init(plan: PipelinePlan, capacity: Int, maximumClasses: Int) throws {
        self.plan = plan
        voices = VoiceBank(format: plan.format, capacity: capacity)
        classes = RigidArray(capacity: maximumClasses)
        selectors = RigidArray(capacity: plan.room.count)
        for stage in plan.room {
            guard case .voiceSelector(let make) = stage.descriptor.builder else { continue }
            selectors.append(try make(stage.arguments, plan.format, capacity))
        }
    }

    /// Adds a mix for the listeners who must not hear certain places.
    /// - Returns: its index in `classes`.
    public mutating func addClass(excluding excluded: ExclusionSet) throws -> Int {
        precondition(!classes.isFull, "the room has room for \(classes.capacity) exclusion classes")
        classes.append(try MixClass(plan: plan, places: voices.capacity, excluding: excluded))
        return classes.count - 1
    }

    /// Selects, then mixes every class, from what `voices` holds.
    public mutating func advance() {
        for i in selectors.indices { selectors[i].select(&voices) }
        for i in classes.indices { classes[i].advance(voices) }
    }

    /// Pulls a frame from each lane into the place of the same number, then advances.
    /// - Returns: how many lanes have not finished.
    public mutating func tick(lanes: inout RigidArray<ParticipantLane>) -> Int {
        precondition(lanes.count <= voices.capacity)
        var active = 0
        for i in lanes.indices {
            let isActive = lanes[i].pull(into: &voices.frames[i]) == .frame
            voices.voices[i].isPresent = isActive
            active += isActive ? 1 : 0
        }
        advance()
        return active
    }
}
