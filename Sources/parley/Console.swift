import Glibc

/// Standard output for results, standard error for everything that is said about them.
enum Console {
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Columns of what standard output is shown on; where it is no terminal, what still reads well in a file.
    static var outputWidth: Int {
        if let columns = unsafe getenv("COLUMNS"), let count = unsafe Int(String(cString: columns)) {
            return min(max(count, 40), 400)
        }
        guard outputIsTerminal else { return 120 }
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return min(max(Int(size.ws_col), 40), 400)
    }

    /// Whether standard output may be coloured: https://no-color.org
    static var outputHasColor: Bool {
        guard outputIsTerminal, unsafe getenv("NO_COLOR") == nil, let terminal = unsafe getenv("TERM") else {
            return false
        }
        return unsafe String(cString: terminal) != "dumb"
    }

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

/// Variables of the environment.
enum Environment {
    static subscript(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
}
