import MediaCore

/// A prediction in words: a line for each part of a tick, what each member costs, what a core carries, and what all that is
/// based on. What `parley pipeline check --speakers --listeners` prints.
public enum CapacityDescription {
    /// - Parameters:
    ///   - costs: what the prediction is from.
    ///   - source: where the costs are from: `'costs.json'`.
    ///   - measuring: the command that would measure what is missing.
    ///   - width: columns of the terminal. No line is longer.
    public static func text(
        _ prediction: CapacityPrediction, costs: CostReport, source: String, measuring: String, width: Int, color: Bool
    ) -> String {
        let width = max(width, 40)
        var blocks = [
            wrapped(room(prediction), width, .plain, color),
            table(prediction, color).lines(width: width - 2).map { "  \($0)" },
            sums(prediction, width, color), carried(prediction, width, color),
        ]
        blocks.append(basis(prediction, costs, source, measuring).flatMap { wrapped($0.text, width, $0.style, color) })
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    // MARK: - The room

    private static func room(_ prediction: CapacityPrediction) -> String {
        let milliseconds = prediction.tickNanoseconds / 1e6
        let tick = TextFormat.decimal(milliseconds, milliseconds == milliseconds.rounded() ? 0 : 1) + " ms"
        var text =
            "a room of \(count(prediction.speakers, "speaker")), all talking, and "
            + "\(count(prediction.listeners, "listener")): \(count(prediction.classes, "mix", "mixes")), "
            + (prediction.sendsPackets ? "\(count(prediction.members, "stream")) out, " : "") + "every \(tick)"
        let missing = [
            prediction.receivesPackets ? nil : "enters without packets ('jitter.adaptive' would take them)",
            prediction.sendsPackets ? nil : "leaves without packets ('rtp.packetize' would make them)",
        ].compactMap { $0 }
        if !missing.isEmpty {
            text += "; the pipeline \(missing.joined(separator: " and ")): nothing is counted for them"
        }
        return text
    }

    // MARK: - Where the time goes

    private static func table(_ prediction: CapacityPrediction, _ color: Bool) -> TextTable {
        typealias Cell = TextTable.Cell
        typealias Column = TextTable.Column
        let columns = [
            Column("for", isLeft: true, importance: 60), Column("stage", isLeft: true),
            Column("", importance: 80), Column("each"), Column("a tick", importance: 90),
            Column("share"),
        ]
        var table = TextTable(columns, color: color, isASCII: false)
        let total = prediction.nanosecondsPerTick
        func share(_ part: CapacityPrediction.Part) -> Double { total > 0 ? part.nanosecondsPerTick / total : 0 }
        var payer: CapacityPrediction.Payer?
        for part in prediction.parts {
            let time = part.nanoseconds.map { (part.deviations.isEmpty ? "" : "≈ ") + CostText.time($0) }
            table.add([
                Cell(part.payer == payer ? "" : part.payer.words, .faint),
                Cell(TextFormat.printable(part.title, limit: 60), .strong),
                Cell("\(grouped(Double(part.count))) ×", .faint),
                Cell(time ?? "unknown", time == nil ? .bad : .plain),
                Cell(time == nil ? "–" : CostText.time(part.nanosecondsPerTick)),
                Cell(time == nil ? "–" : percentOfAll(share(part)), .strong),
            ])
            payer = part.payer
        }
        let highest = prediction.parts.map(share).max() ?? 0
        table.bars = TextTable.Bars(importance: 70, widths: 8...24) { row, width in
            Cell(bar(share(prediction.parts[row]) / max(highest, 1e-9), width), .cool)
        }
        return table
    }

    private static func percentOfAll(_ share: Double) -> String {
        share > 0 && share < 0.0005 ? "<0.1 %" : CostText.percent(share)
    }

    /// In eighths of a character.
    private static func bar(_ part: Double, _ width: Int) -> String {
        let eighths = Int((min(max(part, 0), 1) * Double(width * 8)).rounded())
        let rest: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let last = eighths % 8 > 0 ? String(rest[eighths % 8 - 1]) : ""
        return String(repeating: "█", count: eighths / 8) + last
    }

    // MARK: - Sums

    private static func sums(_ prediction: CapacityPrediction, _ width: Int, _ color: Bool) -> [String] {
        func line(_ payer: CapacityPrediction.Payer?, _ nanoseconds: Double, more: String = "") -> [String] {
            let isBound = prediction.parts.contains { $0.nanoseconds == nil && (payer == nil || $0.payer == payer) }
            let share = percent(nanoseconds / prediction.tickNanoseconds)
            let text = "\(isBound ? "at least " : "")\(share) of a core\(more)"
            let label = TextFormat.left(payer?.words ?? "all of it", labelWidth)
            return labelled(label + text, width, payer == nil ? .strong : .plain, color)
        }
        var lines: [String] = []
        if prediction.speakers > 0 { lines += line(.speaker, prediction.nanosecondsPerSpeaker) }
        if prediction.classes > 0 { lines += line(.exclusionClass, prediction.nanosecondsPerClass) }
        if prediction.members > 0, prediction.sendsPackets { lines += line(.member, prediction.nanosecondsPerListener) }
        let (tick, second) = (CostText.time(prediction.nanosecondsPerTick), CostText.time(prediction.load * 1e9))
        return lines
            + line(nil, prediction.nanosecondsPerTick, more: ": \(tick) a tick, \(second) of processor time per second")
    }

    private static func carried(_ prediction: CapacityPrediction, _ width: Int, _ color: Bool) -> [String] {
        let capacity = prediction.capacity
        let most = prediction.isLowerBound ? "at most " : ""
        let crowd = [
            prediction.speakers > 0 ? "\(whole(capacity.speakers)) speakers" : nil,
            prediction.listeners > 0 ? "\(whole(capacity.listeners)) listeners" : nil,
        ].compactMap { $0 }
        let rooms = capacity.rooms < 99.5 ? CostText.digits(capacity.rooms) : whole(capacity.rooms)
        var items = ["\(most)\(rooms) rooms like this: \(crowd.joined(separator: " and "))"]
        if prediction.sendsPackets {
            items.append("or \(most)\(whole(capacity.moreListeners)) more listeners in this room")
        }
        items.append("or \(most)one conversation of \(grouped(Double(capacity.conversation))) speakers")
        items.append("or \(most)\(whole(capacity.lanes)) speakers of whom nothing is mixed")
        return items.enumerated().flatMap { index, item in
            labelled(TextFormat.left(index == 0 ? "one core carries" : "", labelWidth) + item, width, .plain, color)
        }
    }

    // MARK: - What it is based on

    private static func basis(
        _ prediction: CapacityPrediction, _ costs: CostReport, _ source: String, _ measuring: String
    ) -> [(text: String, style: TextTable.Style)] {
        let version = "Parley \(TextFormat.printable(costs.parley, limit: 60))"
        let from = "\(costs.machine.text), \(version), \(TextFormat.printable(costs.date, limit: 40))"
        var lines: [(String, TextTable.Style)] = []
        if costs.isShipped == true {
            lines.append(("costs: shipped defaults, measured on another machine: \(from)", .warm))
            lines.append(("'\(measuring)' measures this one; --costs FILE or PARLEY_COSTS=FILE reads it", .faint))
        } else {
            lines.append(("costs: \(source): \(from)", .faint))
        }
        for warning in costs.warnings.prefix(5) {
            lines.append(("warning: \(TextFormat.printable(warning, limit: 400))", .warm))
        }
        let missing = prediction.missing.map { TextFormat.printable($0, limit: 60) }.joined(separator: ", ")
        if !missing.isEmpty {
            lines.append(
                (
                    "no cost is known of \(missing): counted as 0, so all sums are lower bounds; "
                        + "'\(measuring)' measures all of this pipeline", .bad
                ))
        }
        for (reason, titles) in deviations(prediction) {
            lines.append(("≈ \(titles.joined(separator: ", ")): \(TextFormat.printable(reason, limit: 400))", .faint))
        }
        return lines
    }

    /// Reasons with the parts that they hold for.
    private static func deviations(_ prediction: CapacityPrediction) -> [(reason: String, titles: [String])] {
        var reasons: [(reason: String, titles: [String])] = []
        for part in prediction.parts where !part.deviations.isEmpty {
            let reason = part.deviations.joined(separator: "; ")
            let title = TextFormat.printable(part.title, limit: 60)
            if let index = reasons.firstIndex(where: { $0.reason == reason }) {
                if !reasons[index].titles.contains(title) { reasons[index].titles.append(title) }
            } else {
                reasons.append((reason, [title]))
            }
        }
        return reasons
    }

    // MARK: - Words

    private static let labelWidth = 18

    private static func labelled(_ text: String, _ width: Int, _ style: TextTable.Style, _ color: Bool) -> [String] {
        TextFormat.wrapped("  " + text, width: width, indent: labelWidth + 2, keeping: labelWidth + 2).map {
            style.applied($0, color)
        }
    }

    private static func wrapped(_ text: String, _ width: Int, _ style: TextTable.Style, _ color: Bool) -> [String] {
        TextFormat.wrapped("  " + text, width: width, indent: 4, keeping: 2).map { style.applied($0, color) }
    }

    private static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(grouped(Double(number))) \(number == 1 ? one : many ?? one + "s")"
    }

    /// Three digits: `0.0081 %`, `9.93 %`, `140 %`
    private static func percent(_ share: Double) -> String {
        let percent = share * 100
        switch percent {
        case 0: return "0 %"
        case ..<0.001: return "<0.001 %"
        case ..<0.0995: return "\(TextFormat.decimal(percent, 4)) %"
        case ..<0.995: return "\(TextFormat.decimal(percent, 3)) %"
        default: return percent < 1e15 ? "\(CostText.digits(percent)) %" : "∞ %"
        }
    }

    /// Rounded down: what fits.
    private static func whole(_ value: Double) -> String {
        value < 1e15 ? grouped(value.rounded(.down)) : "any number of"
    }

    /// `12,400`
    private static func grouped(_ value: Double) -> String {
        let digits = TextFormat.decimal(value, 0)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }
}

extension CapacityPrediction.Payer {
    fileprivate var words: String {
        switch self {
        case .speaker: "each speaker"
        case .room: "the room"
        case .exclusionClass: "each mix"
        case .member: "each listener"
        }
    }
}
