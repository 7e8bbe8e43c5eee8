import Glibc

/// Why a recording could not be read or written. The text is one line: which file, what is wrong, what to do.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// There is no such file.
        case notFound
        /// It is there but may not be read, or is a directory.
        case unreadable
        /// It is empty, or no recording at all.
        case notAudio
        /// It is a recording that Parley does not read: too many channels, an odd rate.
        case unsupported
        /// Its beginning is damaged, so that nothing of it can be used.
        case corrupt
        /// The system failed midway, with its `errno`.
        case inputOutput(Int32)
        /// The output cannot be made: it exists, is a directory, or may not be written there.
        case cannotCreate
    }

    public let kind: Kind
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// An error from a failed system call: `cannot <action> '<path>': <the system's words>`.
    package static func system(_ action: String, _ path: String, _ code: Int32 = errno) -> FileError {
        let words = unsafe String(cString: strerror(code))
        let kind: Kind =
            switch code {
            case ENOENT, ENOTDIR: .notFound
            case EACCES, EPERM, EISDIR: .unreadable
            default: .inputOutput(code)
            }
        return FileError(kind, "cannot \(action) '\(path)': \(words)")
    }
}

/// Damage that left the rest of a file usable: where it was, what was found, what was done.
public struct FileWarning: Sendable, Hashable, CustomStringConvertible {
    public let file: String
    /// Seconds of sound before the damage; nil where that is not known.
    public let seconds: Double?
    /// What was found and what was done about it.
    public let text: String

    public init(file: String, seconds: Double?, _ text: String) {
        self.file = file
        self.seconds = seconds
        self.text = text
    }

    public var description: String {
        guard let seconds else { return "'\(file)': \(text)" }
        let tenths = Int((seconds * 10).rounded())
        return "'\(file)' at \(tenths / 10).\(tenths % 10) s: \(text)"
    }
}

/// The warnings of one file, of which there are at most `maximum`; what comes after is only counted.
package struct WarningList: ~Copyable {
    package static let maximum = 20

    private let file: String
    private var warnings: [FileWarning] = []
    private var seen = 0

    package init(file: String) { self.file = file }

    package mutating func add(_ text: String, at seconds: Double?) {
        seen += 1
        if seen <= Self.maximum { warnings.append(FileWarning(file: file, seconds: seconds, text)) }
    }

    /// What has come since the last call, and at the end how many were left out.
    package mutating func take() -> [FileWarning] {
        var taken = warnings
        warnings = []
        if seen > Self.maximum {
            taken.append(FileWarning(file: file, seconds: nil, "\(seen - Self.maximum) more of the kind"))
            seen = Self.maximum
        }
        return taken
    }
}
