public import MediaCore

extension SilenceGate {
    /// What a gate can be told. The defaults suit meetings over headsets and laptops.
    public struct Configuration: Sendable, Hashable {
        /// The level (root mean square over 20 ms, rumble below 100 Hz left out) under which the gate never opens, in dBov;
        /// nil (auto) lets the noise floor alone decide. -90...-10; -55 is a firm value for headsets.
        public var threshold: Decibels?
        /// How far a band must stand above its noise floor to count as speech, in dB. 3...24: less keeps fainter speech and
        /// opens at rustling; noise alone crosses 4 dB now and then.
        public var margin: Decibels
        /// How far below `threshold` and `margin` speech, once begun, may sink and still count, in dB. 0...12, less than
        /// `margin`. It keeps the ends of words.
        public var hysteresis: Decibels
        /// How long the gate stays open after the last speech. 0 ms...5 s; below 200 ms, pauses within sentences are gated.
        public var hangover: Duration
        /// How much later the audio leaves than it arrives, so that the gate is open when a word begins. 0...100 ms. A
        /// decision takes 10 ms and the opening `attack`.
        public var lookAhead: Duration
        /// How long the gate takes to open. 0...100 ms, at most `lookAhead` less 10 ms, or beginnings fade in.
        public var attack: Duration
        /// How long the gate takes to close, after the hangover. 0 ms...1 s; below 10 ms the noise is heard to break off.
        public var release: Duration
        /// The gain when closed, in dB: -infinity for full silence, which also spares later stages their work; -60...0
        /// leaves some of the place's sound.
        public var floor: Decibels

        public init(
            threshold: Decibels? = nil, margin: Decibels = Decibels(6), hysteresis: Decibels = Decibels(3),
            hangover: Duration = .milliseconds(300), lookAhead: Duration = .milliseconds(20),
            attack: Duration = .milliseconds(5), release: Duration = .milliseconds(30),
            floor: Decibels = Decibels(-.infinity)
        ) {
            self.threshold = threshold
            self.margin = margin
            self.hysteresis = hysteresis
            self.hangover = hangover
            self.lookAhead = lookAhead
            self.attack = attack
            self.release = release
            self.floor = floor
        }

        /// The delay of a gate so configured, in samples per channel.
        public func latency(_ format: AudioFormat) -> Int { format.samples(in: lookAhead) }
    }
}
