import Glibc

/// Standard output for results, standard error for everything that is said about them.
enum Console {
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// One line on standard error: `parley: error: …`.
    static func error(_ text: String) { write("parley: error: \(text)\n", to: STDERR_FILENO) }

    static func warning(_ text: String) { write("parley: warning: \(text)\n", to: STDERR_FILENO) }

    /// Text on standard error, as it is.
    static func say(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Text on standard output, as it is.
    static func put(_ text: String) { write(text, to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                guard let start = bytes.baseAddress else { return }
                let count = unsafe Glibc.write(descriptor, start + done, bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                done += count
            }
        }
    }
}
