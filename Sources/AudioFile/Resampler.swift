import CSoxr
import FileAccess
import MediaCore

/// Sample-rate conversion by libsoxr in its high quality: streamed, the delay taken out, exact length at the end.
@safe struct Resampler: ~Copyable {
    private let state: soxr_t
    private let channels: Int

    init(from inputRate: Int, to outputRate: Int, channels: Int, file: String) throws(FileError) {
        var io = unsafe soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I)
        var quality = unsafe soxr_quality_spec(UInt(SOXR_HQ), 0)
        var runtime = unsafe soxr_runtime_spec(1)
        var problem: soxr_error_t?
        let made = unsafe soxr_create(
            Double(inputRate), Double(outputRate), UInt32(channels), &problem, &io, &quality, &runtime)
        guard let made = unsafe made else {
            let words = unsafe problem.map { unsafe String(cString: $0) } ?? "unknown error"
            throw FileError(
                .unsupported, "'\(file)' cannot be converted from \(inputRate) Hz to \(outputRate) Hz: \(words)")
        }
        unsafe state = made
        self.channels = channels
    }

    deinit { unsafe soxr_delete(state) }

    /// Converts what there is room for.
    /// - Parameter input: interleaved; nil says that the input has ended, and flushes.
    /// - Returns: samples per channel used and made.
    mutating func process(
        _ input: UnsafeBufferPointer<Float>?, into output: UnsafeMutableBufferPointer<Float>
    ) -> (used: Int, made: Int) {
        var (used, made) = (0, 0)
        let count = unsafe (input?.count ?? 0) / channels
        unsafe _ = soxr_process(
            state, input?.baseAddress, count, &used, output.baseAddress, output.count / channels, &made)
        return (used, made)
    }
}
