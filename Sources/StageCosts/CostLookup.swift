import Glibc
import MediaCore
public import PipelineSpec

/// Finds in a report what a stage costs: exactly as asked for, or the nearest that was measured.
public struct CostLookup: Sendable {
    private struct Key: Hashable {
        var kind: String
        var part: String?
    }

    private let costs: [Key: [StageCost]]

    public init(_ report: CostReport) {
        costs = Dictionary(grouping: report.costs) { Key(kind: $0.subject.kind, part: $0.subject.part) }
    }

    /// What the subject costs, at its width.
    ///
    /// Of the costs of its kind and part those in its format come first, of these those with most arguments equal, of
    /// these those whose other arguments are nearest, of these those of its input. What was measured in another format is
    /// scaled by the samples of a frame where the stage has to do with samples.
    /// - Parameters:
    ///   - descriptor: of the stage, to compare arguments as the values that they are; nil: as texts.
    ///   - law: how the cost depends on the width.
    /// - Returns: nil if the report has no cost of that kind and part.
    public func cost(
        of subject: CostSubject, descriptor: StageDescriptor? = nil, law: WidthLaw = .logarithmic
    ) -> FoundCost? {
        let candidates = costs[Key(kind: subject.kind, part: subject.part)] ?? []
        let ranked = candidates.map { (cost: $0, rank: Rank($0.subject, subject, descriptor)) }
        guard let best = ranked.min(by: { $0.rank < $1.rank }) else { return nil }
        let taken = best.cost.subject
        // The same at other widths; of what was measured twice the last counts.
        var widths: [Int: Double] = [:]
        for cost in candidates {
            let other = cost.subject
            guard
                other.format == taken.format, other.arguments == taken.arguments, other.input == taken.input,
                other.widthUnit == taken.widthUnit
            else { continue }
            widths[other.width] = cost.nanoseconds.median
        }
        var (nanoseconds, deviations) = (best.cost.nanoseconds.median, best.rank.deviations)
        if let unit = taken.widthUnit {
            let points = widths.map { WidthPoint(width: $0.key, nanoseconds: $0.value) }.sorted { $0.width < $1.width }
            let found = law.cost(at: subject.width, points)
            nanoseconds = found.nanoseconds
            if let words = law.words(found.from, for: subject.width, unit) { deviations.append(words) }
        }
        if taken.format != subject.format {
            let isScaled = descriptor?.movesSamples ?? (subject.kind == "engine.lane")
            if isScaled { nanoseconds *= subject.format.values / taken.format.values }
            deviations.append("\(isScaled ? "scaled from" : "measured at") \(taken.format.text)")
        }
        return FoundCost(nanoseconds: nanoseconds, deviations: deviations)
    }
}

/// A cost as it was found.
public struct FoundCost: Sendable, Hashable {
    /// The median, at the width that was asked for.
    public var nanoseconds: Double
    /// What it was taken from, where that is not what was asked for: `measured with complexity 10, not 5`.
    public var deviations: [String]

    public init(nanoseconds: Double, deviations: [String] = []) {
        self.nanoseconds = nanoseconds
        self.deviations = deviations
    }
}

/// How near a cost is to what was asked for: less is nearer.
private struct Rank: Comparable {
    private let format: Double
    private let unequal: Int
    private let distance: Double
    private let input: Int
    let deviations: [String]

    init(_ found: CostSubject, _ wanted: CostSubject, _ descriptor: StageDescriptor?) {
        format = found.format == wanted.format ? 0 : 1 + log2(found.format.values / wanted.format.values).magnitude
        var (unequal, distance, words, unknown): (Int, Double, [String], [String]) = (0, 0, [], [])
        for name in Set(found.arguments.keys).union(wanted.arguments.keys).sorted() {
            let (has, wants) = (found.arguments[name], wanted.arguments[name])
            let type = descriptor?.parameters.first { $0.name == name }?.type
            guard let apart = Self.distance(has, wants, type) else { continue }
            unequal += 1
            distance += apart
            switch (has, wants) {
            case (let has?, let wants?): words.append("\(name) \(has), not \(wants)")
            case (let has?, nil): words.append("\(name) \(has)")
            default: unknown.append(name)
            }
        }
        (self.unequal, self.distance) = (unequal, distance)
        if !unknown.isEmpty { words.append("unknown \(unknown.joined(separator: ", "))") }
        var deviations = words.isEmpty ? [] : ["measured with " + words.joined(separator: "; ")]
        // Many voices at once are speech, too, if louder.
        let isNear = wanted.input == "crowd" && found.input == "speech"
        input = found.input == wanted.input ? 0 : found.input.isEmpty ? 1 : isNear ? 2 : 3
        if input == 3 { deviations.append("measured on \(found.input), not \(wanted.input)") }
        self.deviations = deviations
    }

    static func < (one: Rank, other: Rank) -> Bool {
        if one.format != other.format { return one.format < other.format }
        if one.unequal != other.unequal { return one.unequal < other.unequal }
        if one.distance != other.distance { return one.distance < other.distance }
        return one.input < other.input
    }

    static func == (one: Rank, other: Rank) -> Bool { !(one < other) && !(other < one) }

    /// How far two values are apart, as a part of the larger; 1 where they have no order; nil if they are equal.
    private static func distance(_ one: String?, _ other: String?, _ type: ParameterType?) -> Double? {
        if one == other { return nil }
        guard let one = one.flatMap({ type?.value(of: $0) }), let other = other.flatMap({ type?.value(of: $0) })
        else { return 1 }
        if one == other { return nil }
        guard let one = one.magnitude, let other = other.magnitude else { return 1 }
        return (one - other).magnitude / max(one.magnitude, other.magnitude, .leastNonzeroMagnitude)
    }
}

extension WidthLaw {
    /// What a cost at a width is from, in words; nil if it is what was measured.
    fileprivate func words(_ from: [WidthPoint], for width: Int, _ unit: String) -> String? {
        guard let first = from.first, first.width != width || from.count > 1 else { return nil }
        if from.count > 1, from[0].width < width, width < from[1].width {
            return "between \(from[0].width) and \(from[1].width) \(unit)"
        }
        if from.count > 1 { return "on the line through \(from[0].width) and \(from[1].width) \(unit)" }
        return "\(self == .logarithmic ? "measured with" : "scaled from") \(first.width) \(unit), not \(width)"
    }
}

extension CostFormat {
    /// Of one frame, all channels.
    fileprivate var values: Double { Double(max(samplesPerFrame, 1)) * Double(max(channels, 1)) }
}

extension StageDescriptor {
    /// Whether the work is with samples, not with packets as they are.
    fileprivate var movesSamples: Bool {
        [input, output].contains { $0 == .pcm || $0 == .voices }
    }
}
