/// Numbers as people read them.
enum TextFormat {
    /// `0:07`, `12:34`, `1:02:03`
    static func clock(_ seconds: Double) -> String {
        let total = Int(seconds)
        let (minutes, rest) = (total / 60, total % 60)
        let padded = rest < 10 ? "0\(rest)" : "\(rest)"
        guard minutes >= 60 else { return "\(minutes):\(padded)" }
        let remainder = minutes % 60
        return "\(minutes / 60):\(remainder < 10 ? "0" : "")\(remainder):\(padded)"
    }

    /// With a fixed number of decimals; `-∞` for minus infinity.
    static func decimal(_ value: Double, _ digits: Int) -> String {
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
    static func bytes(_ count: Int64) -> String {
        switch count {
        case ..<1000: "\(count) B"
        case ..<1_000_000: "\(decimal(Double(count) / 1e3, 0)) kB"
        default: "\(decimal(Double(count) / 1e6, 1)) MB"
        }
    }

    static func left(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }

    static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(width - text.count, 0)) + text
    }
}
