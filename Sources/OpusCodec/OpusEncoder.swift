internal import COpus
public import MediaCore

/// The stage `opus.encode`: one packet per frame.
@safe public struct OpusEncoder: PayloadEncoder, ~Copyable {
    /// What the encoder optimises for (`OPUS_APPLICATION_…`).
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        /// Faithful to the input: speech and music.
        case audio
        /// Speech first: SILK and hybrid at low rates.
        case voip
        /// CELT only; 2.5 ms of look-ahead instead of 6.5.
        case lowDelay = "low-delay"
    }

    public enum RateControl: String, Sendable, Hashable, CaseIterable {
        case variable, constrained, constant
    }

    /// What the input is known to be.
    public enum Signal: String, Sendable, Hashable, CaseIterable {
        case auto, voice, music
    }

    public struct Configuration: Sendable, Hashable {
        /// In bit/s, 6,000...510,000.
        public var bitrate = 64_000
        public var mode = Mode.audio
        /// 0 (cheapest) to 10 (best).
        public var complexity = 10
        public var rateControl = RateControl.variable
        public var signal = Signal.auto
        /// Discontinuous transmission: next to nothing is sent in silence.
        public var usesDTX = false
        /// A redundant copy of each frame in the packet after it (SILK and hybrid only).
        public var usesInBandFEC = false
        /// In percent: how much loss the encoder prepares for.
        public var expectedLoss = 0

        public init() {}
    }

    /// Frame sizes that one packet can hold, in 2.5 ms.
    public static let frameSizesIn400thsOfASecond: Set<Int> = [1, 2, 4, 8, 16, 24]

    public let latency: Int
    public var maximumPayloadBytes: Int { OpusPacket.maximumEncodedBytes }
    private let format: AudioFormat
    private let state: OpaquePointer
    private let memory: UnsafeMutableRawPointer
    public let stateBytes: Int
    /// In bit/s, for ordinary frames and for those without prediction.
    private let bitrates: (ordinary: Int32, independent: Int32)

    /// - Parameter format: 8, 12, 16, 24 or 48 kHz; frames of 2.5, 5, 10, 20, 40 or 60 ms.
    public init(format: AudioFormat, _ configuration: Configuration = Configuration()) throws(OpusError) {
        let size = Int(opus_encoder_get_size(Int32(format.channels)))
        let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
        let state = OpaquePointer(memory)
        let application =
            switch configuration.mode {
            case .audio: OPUS_APPLICATION_AUDIO
            case .voip: OPUS_APPLICATION_VOIP
            case .lowDelay: OPUS_APPLICATION_RESTRICTED_LOWDELAY
            }
        var code = unsafe opus_encoder_init(state, opus_int32(format.sampleRate), Int32(format.channels), application)
        if code == OPUS_OK { code = unsafe Self.configure(state, configuration) }
        guard code == OPUS_OK else {
            unsafe memory.deallocate()
            throw OpusError(code: code, operation: "make an encoder for \(format.sampleRate) Hz")
        }
        var lookAhead: opus_int32 = 0
        unsafe parley_opus_encoder_get(state, OPUS_GET_LOOKAHEAD_REQUEST, &lookAhead)
        latency = Int(lookAhead)
        self.format = format
        unsafe self.memory = memory
        stateBytes = size
        bitrates = Self.bitrates(configuration)
        unsafe self.state = state
    }

    deinit { unsafe memory.deallocate() }

    /// Encodes one frame of the encoder's format.
    /// - Returns: the packet's length in bytes. 0 does not happen but for a frame size Opus lacks.
    public mutating func encode(_ frame: borrowing PCMFrame, into payload: inout MutableSpan<UInt8>) -> Int {
        precondition(frame.format == format, "the frame is not of the encoder's format")
        let samples = frame.samples
        let length = unsafe payload.withUnsafeMutableBufferPointer { output in
            unsafe samples.withUnsafeBufferPointer { input in
                guard let from = input.baseAddress, let to = output.baseAddress else { return opus_int32(0) }
                let room = opus_int32(min(output.count, OpusPacket.maximumEncodedBytes))
                return unsafe opus_encode_float(state, from, Int32(format.samplesPerFrame), to, room)
            }
        }
        return max(Int(length), 0)
    }

    /// The same, predicting neither from the last frame's spectrum nor from its pitch. CELT of a variable bitrate spends
    /// twice the bits on it: so that two encoders, each after a past of its own, give much the same sound.
    public mutating func encodeIndependently(
        _ frame: borrowing PCMFrame, into payload: inout MutableSpan<UInt8>
    ) -> Int {
        unsafe _ = parley_opus_encoder_set(state, OPUS_SET_PREDICTION_DISABLED_REQUEST, 1)
        unsafe _ = parley_opus_encoder_set(state, OPUS_SET_BITRATE_REQUEST, bitrates.independent)
        defer {
            unsafe _ = parley_opus_encoder_set(state, OPUS_SET_PREDICTION_DISABLED_REQUEST, 0)
            unsafe _ = parley_opus_encoder_set(state, OPUS_SET_BITRATE_REQUEST, bitrates.ordinary)
        }
        return encode(frame, into: &payload)
    }

    public mutating func reset() { unsafe _ = parley_opus_encoder_reset(state) }

    // libopus lets the bytes of an encoder be copied freely.

    public func save(into image: inout StateImage) {
        unsafe image.write(UnsafeRawBufferPointer(start: memory, count: stateBytes))
    }

    public mutating func restore(from image: inout StateImage) {
        unsafe image.read(into: UnsafeMutableRawBufferPointer(start: memory, count: stateBytes))
    }

    /// In the other modes more bits could mean another coding, which is what a change-over can least do with.
    private static func bitrates(_ configuration: Configuration) -> (ordinary: Int32, independent: Int32) {
        let isFreeToVary = configuration.mode == .lowDelay && configuration.rateControl != .constant
        let bitrate = Int32(configuration.bitrate)
        return (bitrate, isFreeToVary ? 2 * bitrate : bitrate)
    }

    private static func configure(_ state: OpaquePointer, _ configuration: Configuration) -> Int32 {
        let signal =
            switch configuration.signal {
            case .auto: OPUS_AUTO
            case .voice: OPUS_SIGNAL_VOICE
            case .music: OPUS_SIGNAL_MUSIC
            }
        let settings: [(Int32, Int32)] = [
            (OPUS_SET_BITRATE_REQUEST, Int32(configuration.bitrate)),
            (OPUS_SET_COMPLEXITY_REQUEST, Int32(configuration.complexity)),
            (OPUS_SET_VBR_REQUEST, configuration.rateControl == .constant ? 0 : 1),
            (OPUS_SET_VBR_CONSTRAINT_REQUEST, configuration.rateControl == .constrained ? 1 : 0),
            (OPUS_SET_SIGNAL_REQUEST, signal),
            (OPUS_SET_DTX_REQUEST, configuration.usesDTX ? 1 : 0),
            (OPUS_SET_INBAND_FEC_REQUEST, configuration.usesInBandFEC ? 1 : 0),
            (OPUS_SET_PACKET_LOSS_PERC_REQUEST, Int32(configuration.expectedLoss)),
        ]
        for (request, value) in settings {
            let code = unsafe parley_opus_encoder_set(state, request, value)
            guard code == OPUS_OK else { return code }
        }
        return OPUS_OK
    }
}

extension OpusEncoder: @unchecked Sendable {}
