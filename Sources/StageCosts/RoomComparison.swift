import MediaCore

/// A room's tick as it was measured, beside what was predicted for it.
public struct RoomComparison: Sendable, Hashable, Codable {
    public struct Phase: Sendable, Hashable, Codable {
        public var phase: CapacityPrediction.Phase
        /// Processor time in a tick, in nanoseconds.
        public var predicted: Double
        public var measured: Double
        /// What bare C takes for the same: the codec alone, the sealing alone; all of it where the kernel does the work.
        /// Nil where there is nothing to compare with.
        public var floor: Double?

        public init(phase: CapacityPrediction.Phase, predicted: Double, measured: Double, floor: Double?) {
            self.phase = phase
            self.predicted = predicted
            self.measured = measured
            self.floor = floor
        }
    }

    public var pipeline: String
    public var speakers: Int
    public var listeners: Int
    public var members: Int
    public var format: CostFormat
    public var phases: [Phase]
    /// The median, and how long the slowest ticks took; processor time, in nanoseconds.
    public var tick: CostQuantiles
    public var ticks: Int
    /// Heap allocations of a tick; nil where nothing counts them.
    public var allocations: Double?

    public init(
        _ prediction: CapacityPrediction, phases: [Phase], tick: CostQuantiles, ticks: Int, allocations: Double?
    ) {
        (pipeline, speakers, listeners) = (prediction.pipeline, prediction.speakers, prediction.listeners)
        (members, format) = (prediction.members, CostFormat(prediction.format))
        (self.phases, self.tick, self.ticks, self.allocations) = (phases, tick, ticks, allocations)
    }

    public var predicted: Double { phases.reduce(0) { $0 + $1.predicted } }
    public var measured: Double { phases.reduce(0) { $0 + $1.measured } }
    /// Measured against predicted, as a part: 0.1 for 10 % more.
    public var deviation: Double { predicted > 0 ? measured / predicted - 1 : 0 }
    /// What is left for each listener without the codec, the sealing and the network calls, in nanoseconds.
    public var overheadPerListener: Double? {
        guard listeners > 0 else { return nil }
        return phases.reduce(0) { $0 + $1.measured - ($1.floor ?? 0) } / Double(listeners)
    }
    /// Processor time per second of the room.
    public var load: Double { measured / (format.frameSeconds * 1e9) }
}

extension RoomComparison {
    /// The table that `parley bench pipeline` prints.
    public func text(width: Int, color: Bool) -> String {
        typealias Cell = TextTable.Cell
        var table = TextTable(
            [
                .init("a tick's", isLeft: true), .init("predicted"), .init("measured"),
                .init("difference", importance: 90),
                .init("bare C", importance: 80),
            ], color: color, isASCII: false)
        func row(_ name: String, _ predicted: Double, _ measured: Double, _ floor: Double?, _ style: TextTable.Style) {
            table.add([
                Cell(name, style), Cell(CostText.time(predicted)), Cell(CostText.time(measured), style),
                Cell(predicted > 0 ? CostText.percent(measured / predicted - 1, isChange: true) : "–"),
                Cell(floor.map(CostText.time) ?? "–", .faint),
            ])
        }
        for phase in phases {
            row(phase.phase.rawValue, phase.predicted, phase.measured, phase.floor, .plain)
        }
        row("all of it", predicted, measured, nil, .strong)
        var lines = [
            "\(pipeline): \(speakers) speakers, all talking, and \(listeners) listeners; \(ticks) ticks of packets in, "
                + "packets out", "",
        ]
        lines += table.lines(width: width - 2).map { "  \($0)" }
        lines += ["", sums]
        return lines.joined(separator: "\n") + "\n"
    }

    private var sums: String {
        var text =
            "\(TextFormat.decimal(load * 100, 1)) % of a core; median tick \(CostText.time(tick.median)), "
            + "99 % within \(CostText.time(tick.p99))"
        if let allocations { text += "; \(TextFormat.decimal(allocations, 1)) allocations a tick" }
        if let overhead = overheadPerListener {
            text += "\nbeyond codec, sealing and network calls: \(CostText.time(overhead)) for each listener"
        }
        return text
    }
}
