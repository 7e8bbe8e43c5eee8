import ArgumentParser

/// A time on the command line: `12.5s`, `250ms`, `1m30s`, `90`, `1:02:03.5`; a sign where it may be negative.
struct TimeArgument: ExpressibleByArgument {
    let duration: Duration

    init(seconds: Int) { duration = .seconds(seconds) }

    /// As it is written.
    var defaultValueDescription: String { "\(duration.components.seconds)s" }

    init?(argument: String) {
        var text = Substring(argument)
        let isNegative = text.first == "-"
        if isNegative || text.first == "+" { text.removeFirst() }
        guard let seconds = text.contains(":") ? Self.clock(text) : Self.units(text), seconds <= 1e7 else { return nil }
        duration = .nanoseconds(Int64((seconds * (isNegative ? -1e9 : 1e9)).rounded()))
    }

    /// `1:02:03.5`
    private static func clock(_ text: Substring) -> Double? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count) else { return nil }
        var seconds = 0.0
        for (i, part) in parts.enumerated() {
            guard let value = number(part), i == 0 || value < 60 else { return nil }
            seconds = seconds * 60 + value
        }
        return seconds
    }

    /// `1m30s`, or a plain number of seconds
    private static func units(_ text: Substring) -> Double? {
        if let plain = number(text) { return plain }
        var rest = text
        var seconds = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            guard let value = number(digits), let scale = ["h": 3600.0, "m": 60, "min": 60, "s": 1, "ms": 1e-3][unit]
            else { return nil }
            seconds += value * scale
        }
        return seconds
    }

    private static func number(_ text: Substring) -> Double? {
        guard !text.isEmpty, text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) else { return nil }
        return Double(text)
    }
}
