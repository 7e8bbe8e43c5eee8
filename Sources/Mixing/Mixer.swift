import BasicContainers
import Glibc
public import MediaCore

/// The stage `mix`: the float sum of every voice that is heard, for one exclusion class.
///
/// An excluded voice is never added, so one's own voice is not in one's own mix at all, to the last bit. A voice that
/// comes, goes, or changes its gain or place is faded over `fade`, so that there is no step. The order of addition is the
/// order of places: equal inputs give equal bits.
public struct Mixer: VoiceMixer, ~Copyable {
    public struct Configuration: Sendable, Hashable {
        /// How long a change of gain takes; zero means at once.
        public var fade: Duration
        /// Whether listeners hear themselves: then the exclusion is not followed.
        public var includesExcluded: Bool

        public init(fade: Duration = .milliseconds(10), includesExcluded: Bool = false) {
            self.fade = fade
            self.includesExcluded = includesExcluded
        }
    }

    /// What a voice's gain is on the way from and to. In a mono mix both sides are equal.
    private struct Level {
        var left: Float = 0
        var right: Float = 0
        var targetLeft: Float = 0
        var targetRight: Float = 0
        /// Samples per channel until the target is reached.
        var remaining = 0
        /// What the targets are made of.
        var gain: Float = 0
        var pan: Float = 0

        var isSteady: Bool { remaining == 0 }
        var isSilent: Bool { remaining == 0 && left == 0 && right == 0 }
    }

    private let configuration: Configuration
    private let fadeSamples: Int
    private let channels: Int
    private var levels: RigidArray<Level>
    /// From here on, nobody's level has been set.
    private var end = 0
    /// Voices of steady gain that wait to be added, in one pass, before a voice that is fading or at the end.
    private var steady: RigidArray<SteadyVoice>

    public init(format: AudioFormat, _ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        fadeSamples = format.samples(in: configuration.fade)
        channels = format.channels
        levels = RigidArray(repeating: Level(), count: ExclusionSet.capacity)
        steady = RigidArray(capacity: ExclusionSet.capacity)
    }

    public mutating func mix(
        _ voices: borrowing VoiceBank, excluding excluded: ExclusionSet, into frame: inout PCMFrame
    ) {
        var isBegun = false
        var hasSpeech = false
        for place in 0..<voices.capacity {
            let voice = voices.voices[place]
            guard voice.isPresent && (configuration.includesExcluded || !excluded.contains(place)) else {
                // Gone, or never here: whoever takes the place next fades in.
                if place < end { levels[place] = Level() }
                continue
            }
            aim(place, voice)
            if levels[place].isSilent { continue }
            if voices.frames[place].isSilent {
                skip(place, frame.format.samplesPerFrame)
                continue
            }
            if voices.frames[place].annotations.activity == .speech { hasSpeech = true }
            if levels[place].isSteady {
                steady.append(SteadyVoice(place: place, left: levels[place].left, right: levels[place].right))
            } else {
                Self.addSteady(&steady, of: voices, isBegun: &isBegun, into: &frame)
                if !isBegun { frame.silence() }
                isBegun = true
                add(voices.frames[place], place, into: &frame)
            }
        }
        Self.addSteady(&steady, of: voices, isBegun: &isBegun, into: &frame)
        if !isBegun { frame.silence() }
        frame.annotations = FrameAnnotations()
        frame.annotations.activity = hasSpeech ? .speech : .unknown
    }

    public mutating func reset() {
        for i in levels.indices { levels[i] = Level() }
        end = 0
    }

    /// Adds the voices that wait; the first sum of a frame replaces what is in it.
    private static func addSteady(
        _ steady: inout RigidArray<SteadyVoice>, of voices: borrowing VoiceBank, isBegun: inout Bool,
        into frame: inout PCMFrame
    ) {
        guard !steady.isEmpty else { return }
        var target = frame.mutableSamples
        SampleKernels.sum(steady.span, of: voices.frames.span, adds: isBegun, into: &target)
        steady.removeAll()
        isBegun = true
    }

    /// Sets the gains that a voice is to have, and starts a fade if they are new.
    private mutating func aim(_ place: Int, _ voice: Voice) {
        let gain = voice.isSelected ? voice.gain : 0
        guard gain != levels[place].gain || voice.pan != levels[place].pan else { return }
        end = max(end, place + 1)
        levels[place].gain = gain
        levels[place].pan = voice.pan
        let (left, right) = channels == 1 ? (gain, gain) : Self.pan(voice.pan, gain)
        guard left != levels[place].targetLeft || right != levels[place].targetRight else { return }
        levels[place].targetLeft = left
        levels[place].targetRight = right
        levels[place].remaining = fadeSamples
        if fadeSamples == 0 { (levels[place].left, levels[place].right) = (left, right) }
    }

    /// A balance of constant power, 0 dB on both sides at the centre and +3 dB at most, so that a stereo voice in the
    /// centre is left as it is: gains √2·cos and √2·sin of an angle from 0 to 90°.
    private static func pan(_ pan: Float, _ gain: Float) -> (Float, Float) {
        guard pan != 0 else { return (gain, gain) }
        let angle = (pan + 1) * Float.pi / 4
        return (gain * cosf(angle) * Float(2).squareRoot(), gain * sinf(angle) * Float(2).squareRoot())
    }

    /// Lets the time of a frame pass for a fade of silence.
    private mutating func skip(_ place: Int, _ samples: Int) {
        _ = ramps(place, samples)
    }

    /// The ramps of the next frame; moves on.
    private mutating func ramps(
        _ place: Int, _ samples: Int
    ) -> (left: SampleKernels.Ramp, right: SampleKernels.Ramp) {
        let level = levels[place]
        let count = min(level.remaining, samples)
        let part = level.remaining > 0 ? Float(count) / Float(level.remaining) : 1
        let isDone = count == level.remaining
        let left = isDone ? level.targetLeft : level.left + (level.targetLeft - level.left) * part
        let right = isDone ? level.targetRight : level.right + (level.targetRight - level.right) * part
        levels[place].left = left
        levels[place].right = right
        levels[place].remaining -= count
        return (.init(from: level.left, to: left, length: count), .init(from: level.right, to: right, length: count))
    }

    private mutating func add(_ voice: borrowing PCMFrame, _ place: Int, into frame: inout PCMFrame) {
        let ramps = ramps(place, frame.format.samplesPerFrame)
        let source = voice.samples
        var target = frame.mutableSamples
        if ramps.left.start == ramps.right.start && ramps.left.end == ramps.right.end {
            SampleKernels.accumulate(source, ramps.left, into: &target, channels: channels)
        } else {
            SampleKernels.accumulateStereo(source, left: ramps.left, right: ramps.right, into: &target)
        }
    }
}
