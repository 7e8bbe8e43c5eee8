/// A number with a unit as it is written: `300 ms`, `-55 dBov`, `80kbit/s`, `95 %`, `5`.
struct Quantity: Hashable {
    var number: Double
    /// Empty if there is none.
    var unit: String

    /// nil if the text does not begin with a finite number.
    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
        // An `e` may belong to the unit, not the number: the longest prefix that is a number is meant.
        var end = digits.endIndex
        while end > digits.startIndex, Double(digits[..<end]) == nil { end = digits.index(before: end) }
        guard let number = Double(digits[..<end]), number.isFinite else { return nil }
        self.number = number
        unit = String(text[end...].drop { $0 == " " })
        guard !unit.contains(where: { $0.isNumber || $0 == "," }) else { return nil }
    }
}

/// The units of each kind of value, with what one of them is in the base unit.
enum UnitTable {
    static let duration: KeyValuePairs = ["ms": 1e-3, "s": 1, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "min": 60]
    static let bitrate: KeyValuePairs = ["kbit/s": 1e3, "bit/s": 1, "Mbit/s": 1e6]
    static let frequency: KeyValuePairs = ["Hz": 1.0, "kHz": 1e3]
    static let percentage: KeyValuePairs = ["%": 1.0]

    /// What a unit measures, to say what was written instead.
    static func kind(of unit: String) -> String? {
        if duration.contains(where: { $0.key == unit }) { return "a duration" }
        if bitrate.contains(where: { $0.key == unit }) { return "a bitrate" }
        if frequency.contains(where: { $0.key == unit }) { return "a frequency" }
        if unit == "%" { return "a percentage" }
        return LevelUnit(rawValue: unit).map { "a level in \($0.rawValue)" }
    }
}
