public import MediaCore

/// The stage `silence.skip`: a packet that says itself that it is silent is not decoded.
///
/// The first silent packets of a pause are still decoded, so that the decoder's overlap rings out and its prediction
/// state ends in silence, as the encoder's did. Only what follows is skipped. After that the decoder may wait for any
/// length of time: the next packet finds it in the state that its encoder assumes.
public struct SilenceSkip: PayloadFilter, ~Copyable {
    public struct Configuration: Sendable, Hashable {
        /// Packets whose sender gives their audio level (RFC 6464) as at most this, in dBov, count as silent too;
        /// nil ignores levels.
        public var level: Int?
        /// Silent packets that are decoded at the start of a pause.
        public var ringOut: Int

        public init(level: Int? = nil, ringOut: Int = 2) {
            self.level = level
            self.ringOut = ringOut
        }
    }

    private let configuration: Configuration
    private var silentInARow = 0

    public init(_ configuration: Configuration = Configuration()) { self.configuration = configuration }

    public mutating func judge(_ payload: Span<UInt8>, audioLevel: Int?) -> PayloadVerdict {
        guard isSilent(payload, audioLevel) else {
            silentInARow = 0
            return .decode
        }
        guard silentInARow >= configuration.ringOut else {
            silentInARow += 1
            return .decode
        }
        return .silent
    }

    public mutating func reset() { silentInARow = 0 }

    private func isSilent(_ payload: Span<UInt8>, _ audioLevel: Int?) -> Bool {
        if let threshold = configuration.level, let audioLevel, audioLevel <= threshold { return true }
        return OpusPacket.isSilent(payload)
    }
}
