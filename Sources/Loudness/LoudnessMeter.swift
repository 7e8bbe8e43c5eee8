internal import CEBUR128
public import MediaCore

/// Loudness by EBU R128 (ITU-R BS.1770), over libebur128.
///
/// It keeps histograms instead of every block's loudness, so its memory does not grow with the recording.
@safe public struct LoudnessMeter: ~Copyable {
    private let state: UnsafeMutablePointer<ebur128_state>
    private let channels: Int

    public init(format: AudioFormat) throws(LoudnessError) {
        let mode = Int32(EBUR128_MODE_I.rawValue | EBUR128_MODE_HISTOGRAM.rawValue)
        guard let state = unsafe ebur128_init(UInt32(format.channels), UInt(format.sampleRate), mode) else {
            throw LoudnessError(sampleRate: format.sampleRate, channels: format.channels)
        }
        unsafe self.state = state
        channels = format.channels
    }

    deinit {
        var state: UnsafeMutablePointer<ebur128_state>? = unsafe state
        unsafe ebur128_destroy(&state)
    }

    /// Takes interleaved samples.
    public mutating func add(_ samples: Span<Float>) {
        unsafe samples.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            unsafe _ = ebur128_add_frames_float(state, start, buffer.count / channels)
        }
    }

    /// Integrated loudness in LUFS; nil if nothing was above the absolute gate of -70 LUFS.
    public var integrated: Double? {
        var value = 0.0
        guard unsafe ebur128_loudness_global(state, &value) == 0, value.isFinite else { return nil }
        return value
    }
}

extension LoudnessMeter: @unchecked Sendable {}

/// libebur128 has no meter for a format; in practice it was out of memory.
public struct LoudnessError: Error, Sendable, CustomStringConvertible {
    public let sampleRate: Int
    public let channels: Int

    public var description: String { "libebur128 has no meter for \(channels) channels at \(sampleRate) Hz" }
}
