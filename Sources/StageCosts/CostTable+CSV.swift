extension CostTable {
    /// One header line and one line for each cost (RFC 4180): nanoseconds, bytes and counts, as exact as they are.
    /// What was not measured is empty; arguments are `name=value;…` in the order of their names.
    public static func csv(_ report: CostReport) -> String {
        let lines = [columns.map(\.name)] + report.costs.map { cost in columns.map { $0.value(cost) } }
        return lines.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static let columns: [(name: String, value: @Sendable (StageCost) -> String)] = [
        ("kind", { $0.subject.kind }),
        ("part", { $0.subject.part ?? "" }),
        ("arguments", { arguments($0.subject) }),
        ("input", { $0.subject.input }),
        ("width", { "\($0.subject.width)" }),
        ("width_unit", { $0.subject.widthUnit ?? "" }),
        ("sample_rate", { "\($0.subject.format.sampleRate)" }),
        ("channels", { "\($0.subject.format.channels)" }),
        ("frame_samples", { "\($0.subject.format.samplesPerFrame)" }),
        ("unit", { $0.unit.rawValue }),
        ("median_ns", { number($0.nanoseconds.median) }),
        ("median_low_ns", { number($0.nanoseconds.interval.low) }),
        ("median_high_ns", { number($0.nanoseconds.interval.high) }),
        ("p95_ns", { number($0.nanoseconds.p95) }),
        ("p99_ns", { number($0.nanoseconds.p99) }),
        ("streams_per_core", { number($0.nanoseconds.median > 0 ? $0.streamsPerCore : nil) }),
        ("floor", { $0.floor?.name ?? "" }),
        ("floor_ns", { number($0.floor?.nanoseconds) }),
        ("ratio", { number($0.floor?.ratio) }),
        ("ratio_low", { number($0.floor?.interval.low) }),
        ("ratio_high", { number($0.floor?.interval.high) }),
        ("allocations", { number($0.allocations) }),
        ("input_bytes", { "\($0.bytes.input)" }),
        ("output_bytes", { "\($0.bytes.output)" }),
        ("state_bytes", { $0.bytes.state.map { "\($0)" } ?? "" }),
        ("instructions", { number($0.instructions) }),
        ("samples", { $0.samples.map { "\($0)" } ?? "" }),
    ]

    private static func arguments(_ subject: CostSubject) -> String {
        subject.arguments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ";")
    }

    private static func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "" }
        return value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private static func quoted(_ field: String) -> String {
        let needsQuotes = field.unicodeScalars.contains { ",\"\r\n".unicodeScalars.contains($0) }
        return needsQuotes ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }
}
