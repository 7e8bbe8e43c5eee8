import BasicContainers
public import MediaCore
public import PipelineSpec

/// One exclusion class of a room: the listeners who hear the same voices, and so the same mix and the same packets.
///
/// It holds what the room's scope has from the mixer on. What it knows of the past is that of its stages and its frame;
/// whom it excludes is a parameter.
public struct MixClass: Forkable, ~Copyable {
    /// How long a voice takes to go or come when a listener mutes or unmutes it.
    public static let muteFade = Duration.milliseconds(30)

    /// The voices that this class does not hear. One that is put in here is cut from the next mix on, to the last bit;
    /// `fadeOut` does it gently.
    public var excluded: ExclusionSet
    /// The mix of the last tick, after the room's scope.
    public private(set) var frame: PCMFrame
    private var mixer: any VoiceMixer & ~Copyable
    private var filters: RigidArray<any FrameFilter & ~Copyable>

    /// - Parameter places: of the banks that are mixed, at most.
    public init(plan: PipelinePlan, places: Int, excluding excluded: ExclusionSet = ExclusionSet()) throws {
        self.excluded = excluded
        frame = PCMFrame(format: plan.format)
        filters = RigidArray(capacity: plan.room.count)
        var mixers = RigidArray<any VoiceMixer & ~Copyable>(capacity: 1)
        for stage in plan.room {
            switch stage.descriptor.builder {
            case .voiceMixer(let make): mixers.append(try make(stage.arguments, plan.format, places))
            case .frameFilter(let make): filters.append(try make(stage.arguments, plan.format))
            default: break
            }
        }
        precondition(mixers.count == 1, "a plan's room scope has exactly one mixer")
        mixer = mixers.removeLast()
    }

    /// Mixes a tick's frames and runs the sum through the rest of the room's scope.
    public mutating func advance(_ voices: borrowing VoiceBank) {
        mixer.mix(voices, excluding: excluded, into: &frame)
        for i in filters.indices { filters[i].process(&frame) }
    }

    /// Whether the last mix is that of another class, to the last bit. Two classes of which one excludes a voice become so
    /// when the voice has ended and the limiter has let go of it: at once, or within a second.
    public func soundsLike(_ other: borrowing MixClass) -> Bool { frame.hasSamples(of: other.frame) }

    /// Excludes a voice that these listeners have chosen not to hear: it fades out from the next mix on.
    public mutating func fadeOut(_ place: Int, over duration: Duration = muteFade) {
        excluded.insert(place)
        mixer.fadeOut(place, over: frame.format.samples(in: duration))
    }

    /// No longer excludes a voice: it fades in from the next mix on, or when it is next heard.
    public mutating func fadeIn(_ place: Int, over duration: Duration = muteFade) {
        excluded.remove(place)
        mixer.fadeIn(place, over: frame.format.samples(in: duration))
    }

    /// Forgets everything heard so far, as if new; the exclusion stays.
    public mutating func reset() {
        mixer.reset()
        for i in filters.indices { filters[i].reset() }
        frame.silence()
    }

    public var stateBytes: Int {
        var bytes = Self.stateBytes(of: mixer) + frame.stateBytes
        for i in filters.indices { bytes += filters[i].stateBytes }
        return bytes
    }

    public func save(into image: inout StateImage) {
        Self.save(mixer, into: &image)
        for i in filters.indices { filters[i].save(into: &image) }
        frame.save(into: &image)
    }

    public mutating func restore(from image: inout StateImage) {
        mixer.restore(from: &image)
        for i in filters.indices { filters[i].restore(from: &image) }
        frame.restore(from: &image)
    }

    // The compiler opens a noncopyable existential that is borrowed as a parameter, not one that is a borrowed property.

    private static func stateBytes(of mixer: borrowing any VoiceMixer & ~Copyable) -> Int { mixer.stateBytes }

    private static func save(_ mixer: borrowing any VoiceMixer & ~Copyable, into image: inout StateImage) {
        mixer.save(into: &image)
    }
}
