/// How fast the least transit time grows or falls: a straight line through the least of each few seconds.
package struct DriftRegression {
    /// A sender's clock against the capture's.
    package struct Estimate: Sendable, Hashable {
        /// Positive if the sender's clock is fast.
        package var partsPerMillion: Double
        /// Standard error of that: jitter hides small drifts.
        package var error: Double
    }

    private static let window = 2.0
    private static let minimumWindows = 5

    private var windowEnd = window
    private var least: (time: Double, transit: Double)?
    /// Of time and transit, from the first point on, for the sake of digits.
    private var sums = (n: 0.0, t: 0.0, d: 0.0, tt: 0.0, td: 0.0, dd: 0.0)
    private var origin: (time: Double, transit: Double)?

    package init() {}

    /// - Parameters:
    ///   - transit: from sender to capture, in seconds, up to a constant.
    ///   - time: of the arrival, in seconds.
    package mutating func add(transit: Double, at time: Double) {
        if time >= windowEnd {
            close()
            windowEnd = (time / Self.window).rounded(.down) * Self.window + Self.window
        }
        if transit < least?.transit ?? .infinity { least = (time, transit) }
    }

    /// nil while there is too little to tell.
    package var estimate: Estimate? {
        guard sums.n >= Double(Self.minimumWindows) else { return nil }
        let spread = sums.tt - sums.t * sums.t / sums.n
        guard spread > 0 else { return nil }
        let slope = (sums.td - sums.t * sums.d / sums.n) / spread
        // What the line leaves over of the transits' spread, with two parameters fitted.
        let rest = max(sums.dd - sums.d * sums.d / sums.n - slope * slope * spread, 0)
        return Estimate(partsPerMillion: -slope * 1e6, error: (rest / (sums.n - 2) / spread).squareRoot() * 1e6)
    }

    private mutating func close() {
        guard let least else { return }
        let first = origin ?? least
        origin = first
        let (t, d) = (least.time - first.time, least.transit - first.transit)
        sums.n += 1
        sums.t += t
        sums.d += d
        sums.tt += t * t
        sums.td += t * d
        sums.dd += d * d
        self.least = nil
    }
}
