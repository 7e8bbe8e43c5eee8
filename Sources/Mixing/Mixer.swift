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
        /// What the targets are made of.
        var gain: Float = 0
        var pan: Float = 0
        /// Samples per channel until the target is reached.
        var remaining: Int32 = 0
        /// Samples per channel that the next fade in takes, where it has been asked for; `leaving` for a voice that fades
        /// out although it is excluded.
        var nextFade: Int32 = 0

        static let leaving: Int32 = -1

        var isSteady: Bool { remaining == 0 }
        var isSilent: Bool { remaining == 0 && left == 0 && right == 0 }
        var isLeaving: Bool { nextFade == Self.leaving }
    }

    private let configuration: Configuration
    private let fadeSamples: Int32
    private let channels: Int
    private var levels: RigidArray<Level>
    /// From here on, nobody's level has been set.
    private var end = 0
    /// Voices of steady gain that wait to be added, in one pass, before a voice that is fading or at the end.
    private var steady: RigidArray<SteadyVoice>

    /// - Parameter places: of the banks that are mixed, at most.
    public init(format: AudioFormat, places: Int, _ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        fadeSamples = Int32(format.samples(in: configuration.fade))
        channels = format.channels
        levels = RigidArray(repeating: Level(), count: places)
        steady = RigidArray(capacity: places)
    }

    public mutating func mix(
        _ voices: borrowing VoiceBank, excluding excluded: ExclusionSet, into frame: inout PCMFrame
    ) {
        precondition(
            voices.extent <= levels.count, "a mixer made for \(levels.count) places cannot mix \(voices.extent)")
        var isBegun = false
        var hasSpeech = false
        for place in 0..<voices.extent {
            let voice = voices.voices[place]
            if voice.isPresent && (configuration.includesExcluded || !excluded.contains(place)) {
                aim(place, voice)
            } else if !leaves(place, voice) {
                continue
            }
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
        forget(from: voices.extent)
        Self.addSteady(&steady, of: voices, isBegun: &isBegun, into: &frame)
        if !isBegun { frame.silence() }
        frame.annotations = FrameAnnotations()
        frame.annotations.activity = hasSpeech ? .speech : .unknown
    }

    public mutating func fadeOut(_ place: Int, over samples: Int) {
        guard place < end && !configuration.includesExcluded else { return }
        guard samples > 0 && !levels[place].isSilent else {
            levels[place] = Level()
            return
        }
        (levels[place].targetLeft, levels[place].targetRight) = (0, 0)
        (levels[place].remaining, levels[place].nextFade) = (Int32(samples), Level.leaving)
        // Equal to no gain: if the voice is not excluded after all, it is aimed anew.
        levels[place].gain = .nan
    }

    public mutating func fadeIn(_ place: Int, over samples: Int) {
        end = max(end, place + 1)
        levels[place].nextFade = Int32(samples)
    }

    public mutating func reset() { forget(from: 0) }

    /// Whether a voice that is not there, or is excluded, is still to be heard fading out. If not, whoever takes the place
    /// next fades in.
    private mutating func leaves(_ place: Int, _ voice: Voice) -> Bool {
        guard place < end else { return false }
        if voice.isPresent && levels[place].isLeaving { return true }
        levels[place] = Level()
        return false
    }

    private mutating func forget(from place: Int) {
        while end > place {
            end -= 1
            levels[end] = Level()
        }
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
        let fade = levels[place].nextFade
        levels[place].nextFade = 0
        let (left, right) = channels == 1 ? (gain, gain) : Self.pan(voice.pan, gain)
        guard left != levels[place].targetLeft || right != levels[place].targetRight else { return }
        levels[place].targetLeft = left
        levels[place].targetRight = right
        levels[place].remaining = fade > 0 ? fade : fadeSamples
        if levels[place].remaining == 0 { (levels[place].left, levels[place].right) = (left, right) }
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
        let remaining = Int(level.remaining)
        let count = min(remaining, samples)
        let part = remaining > 0 ? Float(count) / Float(remaining) : 1
        let isDone = count == remaining
        let left = isDone ? level.targetLeft : level.left + (level.targetLeft - level.left) * part
        let right = isDone ? level.targetRight : level.right + (level.targetRight - level.right) * part
        levels[place].left = left
        levels[place].right = right
        levels[place].remaining -= Int32(count)
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

extension Mixer {
    public var stateBytes: Int { MemoryLayout<Int>.size + levels.count * MemoryLayout<Level>.stride }

    public func save(into image: inout StateImage) {
        image.write(end)
        image.write(levels.span.extracting(first: end))
    }

    public mutating func restore(from image: inout StateImage) {
        let end = image.read(Int.self)
        precondition(end <= levels.count, "a mixer made for \(levels.count) places cannot go on from one for more")
        forget(from: end)
        self.end = end
        var span = levels.mutableSpan
        image.read(end, into: &span)
    }
}
