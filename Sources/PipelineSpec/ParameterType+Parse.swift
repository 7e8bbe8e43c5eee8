import MediaCore

/// Why a value was refused.
package struct ValueProblem: Error {
    package var message: String
    package var hint: String?
    package var note: String?

    package init(message: String, hint: String? = nil, note: String? = nil) {
        self.message = message
        self.hint = hint
        self.note = note
    }
}

extension ParameterType {
    /// Reads a value as it is written in a file.
    package func parse(_ text: String, parameter: String) throws(ValueProblem) -> ParameterValue {
        switch self {
        case .choice(let words): return .word(try word(text, of: words, parameter))
        case .toggle:
            switch text {
            case "on", "true", "yes": return .toggle(true)
            case "off", "false", "no": return .toggle(false)
            default: throw ValueProblem(message: "'\(parameter)' is on or off, not '\(text)'")
            }
        case .either(let words, let type):
            if words.contains(text) { return .word(text) }
            if Quantity(text) == nil, let nearest = NearestName.of(text, in: words) {
                throw ValueProblem(
                    message: "'\(parameter)' cannot be '\(text)'", hint: "did you mean '\(nearest)'?",
                    note: "allowed: \(range)")
            }
            do { return try type.parse(text, parameter: parameter) } catch {
                throw ValueProblem(message: error.message, hint: error.hint, note: "allowed: \(range)")
            }
        default: return try quantity(text, parameter)
        }
    }

    private func word(_ text: String, of words: [String], _ parameter: String) throws(ValueProblem) -> String {
        if words.contains(text) { return text }
        throw ValueProblem(
            message: "'\(parameter)' cannot be '\(text)'",
            hint: NearestName.of(text, in: words).map { "did you mean '\($0)'?" },
            note: "allowed: " + words.joined(separator: ", "))
    }

    private func quantity(_ text: String, _ parameter: String) throws(ValueProblem) -> ParameterValue {
        guard let quantity = Quantity(text) else {
            throw ValueProblem(message: "'\(text)' is not \(wanted)", note: "'\(parameter)' takes \(range)")
        }
        let value: ParameterValue
        switch self {
        case .duration(let allowed):
            let seconds = try scale(quantity, UnitTable.duration, text, parameter)
            try check(seconds, allowed.lowerBound.seconds...allowed.upperBound.seconds, text, parameter)
            value = .duration(.microseconds(Int64((seconds * 1e6).rounded())))
        case .level(let unit, let allowed):
            guard quantity.unit == unit.rawValue else { throw wrongUnit(quantity, [unit.rawValue], text, parameter) }
            try check(quantity.number, allowed, text, parameter)
            value = .level(quantity.number)
        case .bitrate(let allowed):
            let bits = try scale(quantity, UnitTable.bitrate, text, parameter)
            try check(bits, Double(allowed.lowerBound)...Double(allowed.upperBound), text, parameter)
            value = .bitrate(Int(bits.rounded()))
        case .percentage(let allowed):
            let percent = try scale(quantity, UnitTable.percentage, text, parameter)
            try check(percent, allowed, text, parameter)
            value = .percentage(percent)
        case .frequency(let allowed):
            let hertz = try scale(quantity, UnitTable.frequency, text, parameter)
            try check(hertz, allowed, text, parameter)
            value = .frequency(hertz)
        case .count(let allowed, let unit):
            let units = unit.map { [$0, String($0.dropLast())] } ?? []
            guard quantity.unit.isEmpty || units.contains(quantity.unit) else {
                throw wrongUnit(quantity, units, text, parameter)
            }
            try check(quantity.number, Double(allowed.lowerBound)...Double(allowed.upperBound), text, parameter)
            guard quantity.number == quantity.number.rounded() else {
                throw ValueProblem(message: "'\(parameter)' is a whole number, not '\(text)'")
            }
            value = .count(Int(quantity.number))
        default:
            guard quantity.unit.isEmpty else { throw wrongUnit(quantity, [], text, parameter) }
            if case .number(let allowed) = self { try check(quantity.number, allowed, text, parameter) }
            value = .number(quantity.number)
        }
        return value
    }

    private func scale(
        _ quantity: Quantity, _ units: KeyValuePairs<String, Double>, _ text: String, _ parameter: String
    ) throws(ValueProblem) -> Double {
        if let unit = units.first(where: { $0.key == quantity.unit }) { return quantity.number * unit.value }
        throw wrongUnit(quantity, units.map(\.key), text, parameter)
    }

    private func wrongUnit(
        _ quantity: Quantity, _ units: [String], _ text: String, _ parameter: String
    ) -> ValueProblem {
        let note = "'\(parameter)' takes \(range)"
        if quantity.unit.isEmpty, let unit = units.first {
            let number = text.filter { $0 != " " }
            return ValueProblem(
                message: "'\(text)' has no unit; '\(parameter)' takes \(wanted)",
                hint: "did you mean '\(number) \(unit)'?", note: note)
        }
        let hint = units.first { $0.lowercased() == quantity.unit.lowercased() }.map { "the unit is written '\($0)'" }
        if let kind = UnitTable.kind(of: quantity.unit), hint == nil {
            return ValueProblem(message: "'\(text)' is \(kind); '\(parameter)' takes \(wanted)", note: note)
        }
        return ValueProblem(
            message: "'\(text)' has the unit '\(quantity.unit)'; '\(parameter)' takes \(wanted)", hint: hint, note: note
        )
    }

    private func check(
        _ value: Double, _ allowed: ClosedRange<Double>, _ text: String, _ parameter: String
    ) throws(ValueProblem) {
        // Values such as 0.3 ms are not exact in binary: a millionth of the range is no difference.
        let slack = (allowed.upperBound - allowed.lowerBound) * 1e-9
        guard value < allowed.lowerBound - slack || value > allowed.upperBound + slack else { return }
        throw ValueProblem(message: "'\(parameter)' is out of range: '\(text)'", note: "allowed: \(range)")
    }
}
