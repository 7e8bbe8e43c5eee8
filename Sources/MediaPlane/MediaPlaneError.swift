import Glibc
public import PacketCapture

/// Why sockets or threads could not be had. The text is one line: what, where, what to do.
public struct MediaPlaneError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The address is taken, not this machine's, or of a kind that the machine does not speak.
        case cannotBind(Endpoint)
        /// The system has no more descriptors, memory or threads.
        case exhausted
    }

    public let kind: Kind
    public let description: String

    static func bind(_ endpoint: Endpoint, _ code: Int32) -> MediaPlaneError {
        let advice =
            switch code {
            case EADDRINUSE: "; another program has the port: choose another, or 0 for a free one"
            case EADDRNOTAVAIL: "; the machine has no such address: 0.0.0.0 or :: take all that it has"
            case EACCES: "; ports below 1024 are for root"
            case EAFNOSUPPORT: "; the machine does not speak IPv6: use an IPv4 address, 0.0.0.0 for all"
            default: ""
            }
        return MediaPlaneError(
            kind: .cannotBind(endpoint), description: "cannot bind UDP \(endpoint): \(words(code))\(advice)")
    }

    static func exhausted(_ what: String, _ code: Int32) -> MediaPlaneError {
        let advice = code == EMFILE || code == ENFILE ? "; raise the limit of open files (ulimit -n)" : ""
        return MediaPlaneError(kind: .exhausted, description: "cannot make \(what): \(words(code))\(advice)")
    }

    static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
