internal import COpus

/// libopus refused something at set-up; what packets do wrong is counted, not thrown.
public struct OpusError: Error, Sendable, Hashable, CustomStringConvertible {
    /// libopus's own code, such as `OPUS_BAD_ARG`.
    public let code: Int32
    /// What was being done.
    public let operation: String

    public var description: String {
        "libopus could not \(operation): \(unsafe String(cString: opus_strerror(code))) (code \(code))"
    }
}
