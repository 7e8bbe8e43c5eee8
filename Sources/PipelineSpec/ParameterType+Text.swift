extension ParameterType {
    /// What the type takes: `a duration such as 20 ms`.
    var wanted: String {
        switch self {
        case .duration: "a duration, such as '20 ms'"
        case .level(let unit, _): "a level in \(unit.rawValue), such as '\(example)'"
        case .bitrate: "a bitrate, such as '80 kbit/s'"
        case .percentage: "a percentage, such as '95 %'"
        case .frequency: "a frequency, such as '\(example)'"
        case .count(_, let unit): unit.map { "a number of \($0), such as '\(example)'" } ?? "a whole number"
        case .number: "a number"
        case .choice(let words): "one of " + words.joined(separator: ", ")
        case .toggle: "on or off"
        case .either(let words, let type): words.joined(separator: ", ") + " or " + type.wanted
        }
    }

    /// The range with its unit: `0 ms to 5 s`.
    public var range: String {
        func to(_ low: ParameterValue, _ high: ParameterValue) -> String { "\(text(low)) to \(text(high))" }
        return switch self {
        case .duration(let range): to(.duration(range.lowerBound), .duration(range.upperBound))
        case .level(_, let range): to(.level(range.lowerBound), .level(range.upperBound))
        case .bitrate(let range): to(.bitrate(range.lowerBound), .bitrate(range.upperBound))
        case .percentage(let range): to(.percentage(range.lowerBound), .percentage(range.upperBound))
        case .frequency(let range): to(.frequency(range.lowerBound), .frequency(range.upperBound))
        case .count(let range, _): to(.count(range.lowerBound), .count(range.upperBound))
        case .number(let range): to(.number(range.lowerBound), .number(range.upperBound))
        case .choice(let words): words.joined(separator: " | ")
        case .toggle: "on | off"
        case .either(let words, let type): words.joined(separator: " | ") + " | " + type.range
        }
    }

    /// A value as it is written in a file.
    public func text(_ value: ParameterValue) -> String {
        switch value {
        case .duration(let value): Self.duration(value)
        case .level(let value): "\(Self.number(value)) \(levelUnit)"
        case .bitrate(let value): value % 1000 == 0 ? "\(value / 1000) kbit/s" : "\(value) bit/s"
        case .percentage(let value): "\(Self.number(value)) %"
        case .frequency(let value): value >= 1000 ? "\(Self.number(value / 1000)) kHz" : "\(Self.number(value)) Hz"
        case .count(let value): "\(value)" + (countUnit.map { " \($0)" } ?? "")
        case .number(let value): Self.number(value)
        case .word(let value): value
        case .toggle(let value): value ? "on" : "off"
        }
    }

    private var example: String {
        switch self {
        case .level(.dBov, _): "-55 dBov"
        case .level(.dBFS, _): "-1 dBFS"
        case .level(.dB, _): "6 dB"
        case .frequency(let range): range.upperBound >= 8000 ? "48 kHz" : "80 Hz"
        case .count(let range, let unit): "\(range.lowerBound + 1) \(unit ?? "")"
        default: ""
        }
    }

    private var levelUnit: String {
        switch self {
        case .level(let unit, _): unit.rawValue
        case .either(_, let type): type.levelUnit
        default: LevelUnit.dB.rawValue
        }
    }

    private var countUnit: String? {
        switch self {
        case .count(_, let unit): unit
        case .either(_, let type): type.countUnit
        default: nil
        }
    }

    private static func duration(_ value: Duration) -> String {
        let microseconds = value.components.seconds * 1_000_000 + value.components.attoseconds / 1_000_000_000_000
        if microseconds >= 1_000_000 && microseconds % 100_000 == 0 { return "\(number(Double(microseconds) / 1e6)) s" }
        return "\(number(Double(microseconds) / 1000)) ms"
    }

    /// Without decimals that say nothing.
    private static func number(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
