/// Prometheus' text format, version 0.0.4.
struct MetricsText {
    static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var text = ""
    private var names: Set<String> = []

    /// Begins a family; its samples follow. The same name twice is a mistake, and traps.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        precondition(names.insert(name).inserted, "the metric \(name) is written twice")
        let escaped = help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
        text += "# HELP \(name) \(escaped)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ name: String, _ labels: KeyValuePairs<String, String> = [:], _ value: Double) {
        text += name
        if !labels.isEmpty {
            let parts = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
            text += "{" + parts.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    /// A family of one sample.
    mutating func single(_ name: String, _ kind: Kind, _ help: String, _ value: Double) {
        family(name, kind, help)
        sample(name, [:], value)
    }

    /// The samples of one histogram; `bounds` are the upper ends of all buckets but the last.
    mutating func histogram(
        _ name: String, label: (name: String, value: String)?, bounds: [Double], counts: [UInt64], sum: Double
    ) {
        var total: UInt64 = 0
        let first = label.map { "\($0.name)=\"\(Self.escaped($0.value))\"," } ?? ""
        for (index, count) in counts.enumerated() {
            total += count
            let bound = index < bounds.count ? Self.number(bounds[index]) : "+Inf"
            text += "\(name)_bucket{\(first)le=\"\(bound)\"} \(total)\n"
        }
        let labels = label.map { "{\($0.name)=\"\(Self.escaped($0.value))\"}" } ?? ""
        text += "\(name)_sum\(labels) \(Self.number(sum))\n\(name)_count\(labels) \(total)\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
