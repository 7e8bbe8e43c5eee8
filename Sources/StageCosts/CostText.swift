import MediaCore

/// Figures of costs as people read them, three digits each.
package enum CostText {
    /// `3.4 ns`, `62 ns`, `24.1 µs`, `1.20 ms`
    package static func time(_ nanoseconds: Double) -> String {
        switch nanoseconds {
        case ..<9.95: "\(TextFormat.decimal(nanoseconds, 1)) ns"
        case ..<999.5: "\(TextFormat.decimal(nanoseconds, 0)) ns"
        case ..<999_500: "\(digits(nanoseconds / 1e3)) µs"
        case ..<999_500_000: "\(digits(nanoseconds / 1e6)) ms"
        default: "\(digits(nanoseconds / 1e9)) s"
        }
    }

    /// `830`, `54.1k`, `3.20M`
    package static func count(_ value: Double) -> String {
        switch value {
        case _ where value == value.rounded() && value < 9999.5: TextFormat.decimal(value, 0)
        case ..<0.001: "<0.001"
        case ..<1: TextFormat.decimal(value, 3)
        case ..<999.5: digits(value)
        case ..<9999.5: TextFormat.decimal(value, 0)
        case ..<999_500: "\(digits(value / 1e3))k"
        case ..<999_500_000: "\(digits(value / 1e6))M"
        default: "\(digits(value / 1e9))G"
        }
    }

    /// `812 B`, `7.68 kB`, `3.40 MB`
    package static func bytes(_ count: Int) -> String {
        switch Double(count) {
        case ..<999.5: "\(count) B"
        case ..<999_500: "\(digits(Double(count) / 1e3)) kB"
        case ..<999_500_000: "\(digits(Double(count) / 1e6)) MB"
        default: "\(digits(Double(count) / 1e9)) GB"
        }
    }

    /// `1.081`, `12.4`, `1200`
    package static func ratio(_ value: Double) -> String {
        value < 9.9995 ? TextFormat.decimal(value, 3) : count(value)
    }

    /// `3.14`, `31.4`, `314`
    package static func digits(_ value: Double) -> String {
        TextFormat.decimal(value, value < 9.995 ? 2 : value < 99.95 ? 1 : 0)
    }

    /// `0.3 %`, with a sign where `isChange`.
    package static func percent(_ part: Double, isChange: Bool = false) -> String {
        guard part.magnitude < 1e9 else { return part < 0 ? "-∞ %" : isChange ? "+∞ %" : "∞ %" }
        let text = TextFormat.decimal(part * 100, part.magnitude < 0.9995 ? 1 : 0)
        return (isChange && part > 0 && text != "0.0" ? "+" : "") + text + " %"
    }

    /// For what may be no terminal: the few signs that are used here, in ASCII.
    package static func ascii(_ text: String) -> String {
        text.replacing("µ", with: "u").replacing("±", with: "+-").replacing("÷", with: "/").replacing("×", with: "x")
            .replacing("–", with: "-").replacing("…", with: "..").replacing("→", with: "->").replacing("∞", with: "inf")
    }
}

extension CostFormat {
    /// `48 kHz mono, frames of 20 ms`
    package var text: String {
        let kilohertz = Double(sampleRate) / 1000
        let rate = TextFormat.decimal(kilohertz, kilohertz == kilohertz.rounded() ? 0 : 3)
        let layout = channels == 1 ? "mono" : channels == 2 ? "stereo" : "\(channels) channels"
        let milliseconds = frameSeconds * 1000
        let frame = TextFormat.decimal(milliseconds, milliseconds == milliseconds.rounded() ? 0 : 1)
        return "\(rate) kHz \(layout), frames of \(frame) ms"
    }
}

extension MachineDescription {
    /// One line: `AMD EPYC 7B13, 2 cores, virtual (steal 0.3 %), load 1.2, Linux 6.1`
    package var text: String {
        var parts = [TextFormat.printable(processor), "\(cores) core\(cores == 1 ? "" : "s")"]
        if isVirtual || steal > 0 { parts.append("virtual (steal \(CostText.percent(steal)))") }
        parts.append("load \(TextFormat.decimal(load, 1))")
        parts.append(TextFormat.printable(kernel))
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// Whether times that were taken on both may be compared.
    package func isSameMachine(as other: MachineDescription) -> Bool {
        processor == other.processor && cores == other.cores && isVirtual == other.isVirtual
    }
}

extension CostReport {
    /// What was measured and what it called: `Parley 0.1.0, 2026-01-31T12:00:00Z; libopus 1.4, OpenSSL 3.0.15`
    package var origin: String {
        let libraries = machine.libraries.map { TextFormat.printable($0, limit: 60) }.joined(separator: ", ")
        let version = "Parley \(TextFormat.printable(parley, limit: 60)), \(TextFormat.printable(date, limit: 40))"
        return version + (libraries.isEmpty ? "" : "; \(libraries)")
            + (isShipped == true ? "; came with Parley, measured elsewhere" : "")
    }
}
