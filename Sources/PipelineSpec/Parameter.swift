/// The unit that a level is written with.
public enum LevelUnit: String, Sendable, Hashable {
    /// A ratio: a gain, a margin.
    case dB
    /// Root mean square against the overload point of the digital system (RFC 6464).
    case dBov
    /// Peak against full scale.
    case dBFS
}

/// What values a parameter takes, and in which unit. Ranges are inclusive.
public indirect enum ParameterType: Sendable, Hashable {
    /// `300 ms`, `2.5 ms`, `1 s`
    case duration(ClosedRange<Duration>)
    /// `-55 dBov`
    case level(LevelUnit, ClosedRange<Double>)
    /// `80 kbit/s`, in bit/s
    case bitrate(ClosedRange<Int>)
    /// `95 %`, in percent
    case percentage(ClosedRange<Double>)
    /// `48 kHz`, `80 Hz`, in Hz
    case frequency(ClosedRange<Double>)
    /// `5`; with a unit, `1024 packets`, which may be left out
    case count(ClosedRange<Int>, unit: String? = nil)
    /// `0.7`
    case number(ClosedRange<Double>)
    /// One word of these
    case choice([String])
    /// `on` or `off`
    case toggle
    /// One of the words, or a value of the type: `auto`
    case either([String], ParameterType)
}

/// A value as a stage gets it: checked, in the base unit of its type.
public enum ParameterValue: Sendable, Hashable {
    case duration(Duration)
    case level(Double)
    case bitrate(Int)
    case percentage(Double)
    case frequency(Double)
    case count(Int)
    case number(Double)
    case word(String)
    case toggle(Bool)
}

/// One key that a stage understands.
public struct Parameter: Sendable, Hashable {
    public let name: String
    public let type: ParameterType
    /// What holds where the key is not written; nil where it must be written.
    public let defaultValue: ParameterValue?
    /// One sentence that says what the parameter does.
    public let meaning: String

    public init(_ name: String, _ type: ParameterType, default defaultValue: ParameterValue?, _ meaning: String) {
        self.name = name
        self.type = type
        self.defaultValue = defaultValue
        self.meaning = meaning
    }
}

/// A stage's checked arguments: every declared parameter has a value of its type.
///
/// Asking for a parameter that the descriptor does not declare with that type is a mistake in the stage, and traps.
public struct StageArguments: Sendable, Hashable {
    private let values: [String: ParameterValue]

    public init(_ values: [String: ParameterValue]) { self.values = values }

    /// Every declared parameter at its default, for tests and benchmarks; `overrides` win.
    public init(defaultsOf parameters: [Parameter], _ overrides: [String: ParameterValue] = [:]) {
        var values = overrides
        for parameter in parameters where values[parameter.name] == nil {
            values[parameter.name] = parameter.defaultValue
        }
        self.values = values
    }

    public subscript(name: String) -> ParameterValue? { values[name] }

    /// The same with other values for some parameters.
    public func replacing(_ others: [String: ParameterValue]) -> StageArguments {
        StageArguments(values.merging(others) { $1 })
    }

    public func duration(_ name: String) -> Duration {
        guard case .duration(let value) = values[name] else { undeclared(name, "duration") }
        return value
    }

    /// In the unit that the parameter declares: dB, dBov or dBFS.
    public func level(_ name: String) -> Double {
        guard case .level(let value) = values[name] else { undeclared(name, "level") }
        return value
    }

    /// In bit/s.
    public func bitrate(_ name: String) -> Int {
        guard case .bitrate(let value) = values[name] else { undeclared(name, "bitrate") }
        return value
    }

    /// In percent, 0...100.
    public func percentage(_ name: String) -> Double {
        guard case .percentage(let value) = values[name] else { undeclared(name, "percentage") }
        return value
    }

    /// In Hz.
    public func frequency(_ name: String) -> Double {
        guard case .frequency(let value) = values[name] else { undeclared(name, "frequency") }
        return value
    }

    public func count(_ name: String) -> Int {
        guard case .count(let value) = values[name] else { undeclared(name, "count") }
        return value
    }

    public func number(_ name: String) -> Double {
        guard case .number(let value) = values[name] else { undeclared(name, "number") }
        return value
    }

    /// A choice, or the word of an `either`; nil if the `either` has a value.
    public func word(_ name: String) -> String? {
        switch values[name] {
        case .word(let value): value
        case nil: undeclared(name, "choice")
        default: nil
        }
    }

    public func toggle(_ name: String) -> Bool {
        guard case .toggle(let value) = values[name] else { undeclared(name, "toggle") }
        return value
    }

    private func undeclared(_ name: String, _ type: String) -> Never {
        preconditionFailure("the stage's descriptor declares no \(type) named '\(name)'")
    }
}
