import ArgumentParser

/// `NAME=VALUE` on the command line, said of one participant.
protocol NamedArgument: ExpressibleByArgument {
    associatedtype Value
    init(name: String, value: Value)
    static func value(of text: String) -> Value?
}

extension NamedArgument {
    /// The last `=` divides, so that a name may hold one.
    init?(argument: String) {
        guard let equals = argument.lastIndex(of: "="), equals != argument.startIndex,
            let value = Self.value(of: String(argument[argument.index(after: equals)...]))
        else { return nil }
        self.init(name: String(argument[..<equals]), value: value)
    }
}

/// `alice=12.5s`
struct OffsetArgument: NamedArgument {
    let name: String
    let value: Duration

    static func value(of text: String) -> Duration? { TimeArgument(argument: text)?.duration }
}

/// `alice=-3dB`
struct GainArgument: NamedArgument {
    /// In dB.
    static let range = -120.0...60.0

    let name: String
    let value: Double

    static func value(of text: String) -> Double? {
        var text = text.lowercased()
        if text.hasSuffix("db") { text.removeLast(2) }
        while text.last == " " { text.removeLast() }
        guard let value = Double(text), range.contains(value) else { return nil }
        return value
    }
}

/// `alice=-0.5`, `alice=L50`, `alice=R100`, `alice=C`
struct PanArgument: NamedArgument {
    let name: String
    let value: Double

    static func value(of text: String) -> Double? {
        if text.uppercased() == "C" { return 0 }
        if let side = text.first, let percent = Double(text.dropFirst()), (0...100).contains(percent) {
            switch side {
            case "L", "l": return -percent / 100
            case "R", "r": return percent / 100
            default: break
            }
        }
        guard let value = Double(text), (-1...1).contains(value) else { return nil }
        return value
    }
}
