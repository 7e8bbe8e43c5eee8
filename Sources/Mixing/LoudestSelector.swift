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
    /// From here on, nothing is known of anybody.
    private var end = 0

    /// - Parameter places: of the banks that are judged, at most.
    public init(format: AudioFormat, places: Int, _ configuration: Configuration = Configuration()) {
        self.configuration = configuration
        let tick = format.frameDuration.seconds
        holdTicks = Int((configuration.hold.seconds / tick).rounded(.up))
        fall = Decibels(-10 / 2 * tick / max(configuration.release.seconds, tick)).power
        margin = configuration.margin.power
        states = RigidArray(repeating: State(), count: places)
    }

    public mutating func select(_ voices: inout VoiceBank) {
        let places = voices.extent
        precondition(places <= states.count, "a selector made for \(states.count) places cannot judge \(places)")
        forget(from: places)
        end = places
        var heard = 0
        for place in 0..<places {
            update(place, &voices)
            if states[place].isHeard { heard += 1 }
        }
        // Free places go to the loudest of those who wait.
        while heard < configuration.count, let newcomer = loudestWaiting(places) {
            states[newcomer].isHeard = true
            states[newcomer].hold = holdTicks
            heard += 1
        }
        // Then the loudest who waits takes the place of the softest who is heard, for as long as that is fair.
        for _ in 0..<configuration.count {
            guard let newcomer = loudestWaiting(places), let softest = softestHeard(places) else {
                break
            }
            let isHeld = states[softest].hold > 0
            guard states[newcomer].level > states[softest].level * (isHeld ? margin : 1) else { break }
            states[softest].isHeard = false
            states[newcomer].isHeard = true
            states[newcomer].hold = holdTicks
        }
        for place in 0..<places { voices.voices[place].isSelected = states[place].isHeard }
    }

    public mutating func reset() { forget(from: 0) }

    private mutating func forget(from place: Int) {
        while end > place {
            end -= 1
            states[end] = State()
        }
    }

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

    private func loudestWaiting(_ places: Int) -> Int? {
        var best: Int?
        var level = Self.negligible
        for place in 0..<places where !states[place].isHeard && states[place].level > level {
            (best, level) = (place, states[place].level)
        }
        return best
    }

    private func softestHeard(_ places: Int) -> Int? {
        var best: Int?
        var level = Float.infinity
        for place in 0..<places where states[place].isHeard && states[place].level <= level {
            (best, level) = (place, states[place].level)
        }
        return best
    }
}
