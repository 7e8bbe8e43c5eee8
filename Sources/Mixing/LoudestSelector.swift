import BasicContainers
public import MediaCore

/// The stage `select.loudest`: at most so many voices are heard at a time, the loudest.
///
/// Who is heard keeps the place for `hold` after they last were among the loudest, unless somebody is louder by `margin`.
/// Levels are smoothed: they rise at once and fall slowly, so that a pause between words gives no place away. Ties go to
/// the lower place. The change-over is faded by the mixer.
public struct LoudestSelector: VoiceSelector, ~Copyable {
    public struct Configuration: Sendable, Hashable {
        /// Voices that are heard at most.
        public var count: Int
        public var hold: Duration
        /// By how much a newcomer must be louder than a voice within its hold, in dB.
        public var margin: Decibels
        /// The time in which a smoothed level falls by 10 dB.
        public var release: Duration

        public init(
            count: Int = 5, hold: Duration = .milliseconds(400), margin: Decibels = Decibels(6),
            release: Duration = .milliseconds(200)
        ) {
            self.count = count
            self.hold = hold
            self.margin = margin
            self.release = release
        }
    }

    /// A mean square that counts as silence: -90 dB.
    private static let negligible: Float = 1e-9

    private struct State {
        /// Smoothed mean square.
        var level: Float = 0
        /// Ticks for which the voice still keeps its place.
        var hold = 0
        var isHeard = false
    }

    private let configuration: Configuration
    private let holdTicks: Int
    private let fall: Float
    private let margin: Float
    private var states: RigidArray<State>

    public init(format: AudioFormat, _ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        let tick = format.frameDuration.seconds
        holdTicks = Int((configuration.hold.seconds / tick).rounded(.up))
        fall = Decibels(-10 / 2 * tick / max(configuration.release.seconds, tick)).power
        margin = configuration.margin.power
        states = RigidArray(repeating: State(), count: ExclusionSet.capacity)
    }

    public mutating func select(_ voices: inout VoiceBank) {
        var heard = 0
        for place in 0..<voices.capacity {
            update(place, &voices)
            if states[place].isHeard { heard += 1 }
        }
        // Free places go to the loudest of those who wait.
        while heard < configuration.count, let newcomer = loudestWaiting(voices.capacity) {
            states[newcomer].isHeard = true
            states[newcomer].hold = holdTicks
            heard += 1
        }
        // Then the loudest who waits takes the place of the softest who is heard, for as long as that is fair.
        for _ in 0..<configuration.count {
            guard let newcomer = loudestWaiting(voices.capacity), let softest = softestHeard(voices.capacity) else {
                break
            }
            let isHeld = states[softest].hold > 0
            guard states[newcomer].level > states[softest].level * (isHeld ? margin : 1) else { break }
            states[softest].isHeard = false
            states[newcomer].isHeard = true
            states[newcomer].hold = holdTicks
        }
        for place in 0..<voices.capacity { voices.voices[place].isSelected = states[place].isHeard }
    }

    public mutating func reset() { for i in states.indices { states[i] = State() } }

    private mutating func update(_ place: Int, _ voices: inout VoiceBank) {
        guard voices.voices[place].isPresent else {
            states[place] = State()
            return
        }
        let now = Self.level(voices.frames[place])
        states[place].level = max(now, states[place].level * fall)
        let isAtItsLevel = now > 0 && now == states[place].level
        states[place].hold = isAtItsLevel ? holdTicks : max(states[place].hold - 1, 0)
        if states[place].hold == 0 && states[place].level < Self.negligible { states[place].isHeard = false }
    }

    private static func level(_ frame: borrowing PCMFrame) -> Float {
        if frame.isSilent || frame.annotations.activity == .noSpeech { return 0 }
        return frame.annotations.meanSquare ?? SampleKernels.meanSquare(frame.samples)
    }

    private func loudestWaiting(_ capacity: Int) -> Int? {
        var best: Int?
        var level = Self.negligible
        for place in 0..<capacity where !states[place].isHeard && states[place].level > level {
            (best, level) = (place, states[place].level)
        }
        return best
    }

    private func softestHeard(_ capacity: Int) -> Int? {
        var best: Int?
        var level = Float.infinity
        for place in 0..<capacity where states[place].isHeard && states[place].level <= level {
            (best, level) = (place, states[place].level)
        }
        return best
    }
}
