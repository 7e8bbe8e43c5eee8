/// Numbers and words as people read them in a terminal.
package enum TextFormat {
    /// `0:07`, `12:34`, `1:02:03`
    package static func clock(_ seconds: Double) -> String {
        let total = Int(seconds)
        let (minutes, rest) = (total / 60, total % 60)
        let padded = rest < 10 ? "0\(rest)" : "\(rest)"
        guard minutes >= 60 else { return "\(minutes):\(padded)" }
        let remainder = minutes % 60
        return "\(minutes / 60):\(remainder < 10 ? "0" : "")\(remainder):\(padded)"
    }

    /// With a fixed number of decimals; `-∞` for minus infinity.
    package static func decimal(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return value < 0 ? "-∞" : "∞" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value.magnitude * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let fraction = "\(scaled % Int(scale) + Int(scale))".dropFirst()
        return "\(sign)\(scaled / Int(scale)).\(fraction)"
    }

    /// `812 kB`, `3.4 MB`
    package static func bytes(_ count: Int64) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<1_000_000: "\(decimal(Double(count) / 1e3, 0)) kB"
        default: "\(decimal(Double(count) / 1e6, 1)) MB"
        }
    }

    package static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    package static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }

    /// Text of a file that may hold anything, on one line: what would move the cursor becomes `?`, what is too long is cut.
    package static func printable(_ text: String, limit: Int = 200) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: shown.append("?")
            default: shown.append(scalar)
            }
        }
        return String(shown) + (text.unicodeScalars.count > limit ? "…" : "")
    }

    /// Words on lines of at most `width` characters; a longer word is cut in pieces. All lines but the first are indented.
    ///
    /// - Parameter keeping: characters at the beginning that stay as they are, blanks and all.
    package static func wrapped(_ text: String, width: Int, indent: Int = 0, keeping: Int = 0) -> [String] {
        let indentation = String(repeating: " ", count: min(indent, width / 2))
        var lines: [String] = []
        var line = String(text.prefix(keeping))
        var isEmpty = true
        for word in text.dropFirst(keeping).split(separator: " ") {
            var rest = word
            while !rest.isEmpty {
                let room = max(width - line.count - (isEmpty ? 0 : 1), isEmpty ? 1 : 0)
                if rest.count <= room || isEmpty {
                    line += (isEmpty ? "" : " ") + rest.prefix(room)
                    rest = rest.dropFirst(room)
                    isEmpty = false
                } else {
                    lines.append(line)
                    line = indentation
                    isEmpty = true
                }
            }
        }
        return isEmpty && keeping == 0 ? lines : lines + [line]
    }
}
