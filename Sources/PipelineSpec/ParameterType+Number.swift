extension ParameterType {
    /// The value that a text stands for; nil if the type does not take it.
    package func value(of text: String) -> ParameterValue? { try? parse(text, parameter: "") }
}

extension ParameterValue {
    /// How large the value is, in the base unit of its type; nil where values have no order.
    package var magnitude: Double? {
        switch self {
        case .duration(let value):
            Double(value.components.seconds) + Double(value.components.attoseconds) * 1e-18
        case .level(let value), .percentage(let value), .frequency(let value), .number(let value): value
        case .bitrate(let value), .count(let value): Double(value)
        case .word, .toggle: nil
        }
    }
}
