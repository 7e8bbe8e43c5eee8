internal import CSampleKernels

/// A voice that a sum takes with gains that do not change within the frame.
public struct SteadyVoice: Sendable {
    /// The place of its frame.
    public var place: Int
    /// What its samples are multiplied with; in a mono frame both are equal.
    public var left: Float
    public var right: Float

    public init(place: Int, left: Float, right: Float) {
        self.place = place
        self.left = left
        self.right = right
    }
}

extension SampleKernels {
    /// Voices that are added in one pass over the target: as many streams as a processor follows well.
    private static let voicesPerPass = 16

    /// `target = (adds ? target : 0) + voice 0 × gain + voice 1 × gain + …`, in this order and rounded after every step,
    /// so the bits are those of one voice after the other. The frames must be of one format.
    public static func sum(
        _ voices: Span<SteadyVoice>, of frames: Span<PCMFrame>, adds: Bool, into target: inout MutableSpan<Float>
    ) {
        var first = 0
        while first < voices.count {
            let end = min(first + voicesPerPass, voices.count)
            pass(voices.extracting(first..<end), of: frames, adds: adds || first > 0, into: &target)
            first = end
        }
    }

    private static func pass(
        _ voices: Span<SteadyVoice>, of frames: Span<PCMFrame>, adds: Bool, into target: inout MutableSpan<Float>
    ) {
        unsafe withUnsafeTemporaryAllocation(of: parley_voice.self, capacity: voicesPerPass) { list in
            for i in voices.indices {
                let voice = voices[i]
                unsafe frames[voice.place].samples.withUnsafeBufferPointer { samples in
                    precondition(samples.count == target.count)
                    unsafe list.initializeElement(
                        at: i, to: parley_voice(values: samples.baseAddress, left: voice.left, right: voice.right))
                }
            }
            unsafe target.withUnsafeMutableBufferPointer { target in
                unsafe parley_sum(
                    list.baseAddress, Int32(voices.count), adds ? 1 : 0, target.baseAddress, Int32(target.count))
            }
        }
    }
}
