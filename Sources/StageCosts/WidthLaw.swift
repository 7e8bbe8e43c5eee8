import Glibc

/// How a cost depends on how many are served in turn.
public enum WidthLaw: Sendable, Hashable {
    /// The work grows with every one: voices of a mix. On the line between the widths that were measured, and on that line
    /// beyond them; never below 0.
    case linear
    /// The work is for all of them: voices to choose from. The nearest width that was measured, scaled.
    case proportional
    /// The work is for one, but the more there are, the less of it stays in the caches: keys. On the line between the widths
    /// that were measured, over the logarithm of the width; beyond them it is the nearest.
    case logarithmic

    /// The cost at a width.
    /// - Parameter points: what was measured, by growing width; not empty.
    /// - Returns: the cost, and which points it is from: one, or two between which or beyond which it lies.
    func cost(at width: Int, _ points: [WidthPoint]) -> (nanoseconds: Double, from: [WidthPoint]) {
        let nearest = points.min { Self.distance($0.width, width) < Self.distance($1.width, width) } ?? points[0]
        if nearest.width == width { return (nearest.nanoseconds, [nearest]) }
        switch self {
        case .proportional: return (nearest.nanoseconds * Self.ratio(width, nearest.width), [nearest])
        case .linear:
            guard points.count > 1 else {
                return (nearest.nanoseconds * Self.ratio(width, nearest.width), [nearest])
            }
            let (low, high) = Self.neighbours(of: width, points)
            let slope = (high.nanoseconds - low.nanoseconds) / Double(high.width - low.width)
            return (max(low.nanoseconds + slope * Double(width - low.width), 0), [low, high])
        case .logarithmic:
            // What is within a tenth is taken as the same.
            if Self.distance(nearest.width, width) < 1.1 { return (nearest.nanoseconds, []) }
            guard points.count > 1, points[0].width < width, width < points[points.count - 1].width else {
                return (nearest.nanoseconds, [nearest])
            }
            let (low, high) = Self.neighbours(of: width, points)
            let part = log2(Self.ratio(width, low.width)) / log2(Self.ratio(high.width, low.width))
            return (low.nanoseconds + (high.nanoseconds - low.nanoseconds) * part, [low, high])
        }
    }

    /// The two points around a width, or the two at the end beyond which it is.
    private static func neighbours(of width: Int, _ points: [WidthPoint]) -> (WidthPoint, WidthPoint) {
        let above = points.firstIndex { $0.width > width } ?? points.count - 1
        let high = min(max(above, 1), points.count - 1)
        return (points[high - 1], points[high])
    }

    private static func ratio(_ one: Int, _ other: Int) -> Double { Double(one) / Double(max(other, 1)) }

    /// As a factor, 1 or more.
    private static func distance(_ one: Int, _ other: Int) -> Double {
        let (one, other) = (max(one, 1), max(other, 1))
        return ratio(max(one, other), min(one, other))
    }
}

/// What was measured at one width.
struct WidthPoint: Hashable {
    var width: Int
    var nanoseconds: Double
}
