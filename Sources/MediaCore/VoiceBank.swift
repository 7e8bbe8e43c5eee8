public import BasicContainers

/// One participant's place in a room's mix.
public struct Voice: Sendable {
    /// Whether the place is taken by somebody who is in the room. The frame of an absent voice is not read.
    public var isPresent = false
    /// Whether a selector lets the voice be heard. Without a selector, every present voice is.
    public var isSelected = true
    /// What the room applies to this voice: its gain as an amplitude, 1 for unchanged.
    public var gain: Float = 1
    /// Where the voice stands in a stereo mix: -1 left, 0 centre, 1 right. A mono mix ignores it.
    public var pan: Float = 0

    public init() {}
}

/// The frames of everyone in a room for one tick: what the stages of the room's scope read.
///
/// Places are numbered from 0 and fixed in number. Drivers put a tick's frames in by swapping, never by copying.
public struct VoiceBank: ~Copyable {
    public let format: AudioFormat
    public let capacity: Int
    /// The frame of each place; swap yours in, or write into it.
    public var frames: RigidArray<PCMFrame>
    public var voices: RigidArray<Voice>
    /// Nobody is present from this place on, so that stages need not look there: at most `capacity`, which it is at first.
    public var extent: Int

    /// - Parameter capacity: places, at most `ExclusionSet.capacity`.
    public init(format: AudioFormat, capacity: Int) {
        precondition(
            (0...ExclusionSet.capacity).contains(capacity), "a room has at most \(ExclusionSet.capacity) voices")
        self.format = format
        self.capacity = capacity
        extent = capacity
        frames = RigidArray(capacity: capacity)
        voices = RigidArray(capacity: capacity)
        for _ in 0..<capacity {
            frames.append(PCMFrame(format: format))
            voices.append(Voice())
        }
    }
}
