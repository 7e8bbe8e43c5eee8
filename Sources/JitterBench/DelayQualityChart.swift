/// Delay against quality as SVG: one line per network, one point per setting. Up and to the left is better.
public struct DelayQualityChart: Sendable {
    public struct Point: Sendable {
        public var network: String
        public var setting: String
        /// In seconds.
        public var delay: Double
        public var quality: Double

        public init(network: String, setting: String, delay: Double, quality: Double) {
            self.network = network
            self.setting = setting
            self.delay = delay
            self.quality = quality
        }
    }

    private static let colours = ["#2f6fb0", "#c2571a", "#3d9a5f", "#8a56a8", "#b0902f", "#5b6670", "#c03b5f"]
    private static let (width, height, left, bottom) = (860.0, 460.0, 60.0, 420.0)

    private let points: [Point]
    private let measure: String

    /// - Parameter measure: what `quality` is, for the axis.
    public init(_ points: [Point], measure: String) {
        self.points = points
        self.measure = measure
    }

    public var svg: String {
        let slowest = max(points.map(\.delay).max() ?? 0.1, 0.05) * 1.1
        let (worst, best) = (points.map(\.quality).min() ?? 0, points.map(\.quality).max() ?? 1)
        let margin = max((best - worst) * 0.1, 0.05)
        func x(_ delay: Double) -> Double { Self.left + (Self.width - Self.left - 150) * delay / slowest }
        func y(_ quality: Double) -> Double {
            Self.bottom - (Self.bottom - 20) * (quality - worst + margin) / (best - worst + 2 * margin)
        }
        var body = ""
        for step in 0...5 {
            let (delay, quality) = (slowest * Double(step) / 5, worst + (best - worst) * Double(step) / 5)
            body += Self.text(x(delay), Self.bottom + 18, "\(Int((delay * 1000).rounded())) ms", "middle")
            body += Self.text(Self.left - 8, y(quality) + 4, Self.decimal(quality), "end")
            body += "<line x1=\"\(Self.left)\" x2=\"\(Self.width - 150)\" y1=\"\(y(quality))\" y2=\"\(y(quality))\"/>"
        }
        var networks: [String] = []
        for point in points where !networks.contains(point.network) { networks.append(point.network) }
        for (index, network) in networks.enumerated() {
            let colour = Self.colours[index % Self.colours.count]
            let own = points.filter { $0.network == network }.sorted { $0.delay < $1.delay }
            let path = own.map { "\(x($0.delay)),\(y($0.quality))" }.joined(separator: " ")
            body += "<polyline points=\"\(path)\" style=\"stroke:\(colour)\"/>"
            for point in own {
                let title =
                    "\(network), target \(point.setting): \(Int(point.delay * 1000)) ms, \(Self.decimal(point.quality))"
                body += "<circle cx=\"\(x(point.delay))\" cy=\"\(y(point.quality))\" r=\"4\" style=\"fill:\(colour)\">"
                body += "<title>\(title)</title></circle>"
            }
            body +=
                "<circle cx=\"\(Self.width - 136)\" cy=\"\(28 + 20 * Double(index))\" r=\"5\" style=\"fill:\(colour)\"/>"
            body += Self.text(Self.width - 124, 32 + 20 * Double(index), network, "start")
        }
        body += Self.text(Self.left, 12, "\(measure) against mean delay", "start")
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))">
            <style>text{font:12px system-ui,sans-serif;fill:#5b6670}line{stroke:#dfe4e8}\
            polyline{fill:none;stroke-width:1.6}</style><rect width="100%" height="100%" fill="#fff"/>
            \(body)
            </svg>

            """
    }

    private static func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\">\(text)</text>"
    }

    private static func decimal(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }
}
