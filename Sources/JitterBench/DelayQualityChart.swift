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

    private static let styles = 7
    private static let (width, height) = (900.0, 520.0)
    /// The plot's edges.
    private static let (left, right, top, bottom) = (78.0, 720.0, 44.0, 440.0)

    private let points: [Point]
    private let measure: String
    private let isLowerBetter: Bool
    private let delays: [Double]
    private let qualities: [Double]

    /// - Parameters:
    ///   - measure: what `quality` is, with its unit.
    ///   - isLowerBetter: whether its axis points down.
    public init(_ points: [Point], measure: String, isLowerBetter: Bool) {
        self.points = points
        self.measure = measure
        self.isLowerBetter = isLowerBetter
        delays = Self.marks(0, max((points.map(\.delay).max() ?? 0) * 1000, 50))
        qualities = Self.marks(points.map(\.quality).min() ?? 0, points.map(\.quality).max() ?? 1)
    }

    public var svg: String {
        let edges = "x=\"\(Self.left)\" y=\"\(Self.top)\""
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))" role="img" \
            aria-label="\(Self.escaped(measure)) against mean delay">
            <style>\(Self.style)</style><rect class="paper" width="100%" height="100%"/>
            <text class="title" x="\(Self.left)" y="24">Delay against quality: up and to the left is better</text>
            <rect class="plot" \(edges) width="\(Self.right - Self.left)" height="\(Self.bottom - Self.top)"/>
            \(axes)\(lines)
            </svg>

            """
    }

    private static let style = """
        text{font:13px system-ui,sans-serif;fill:#4d5862}.title{font-size:15px;font-weight:600;fill:#1d242b}\
        .paper{fill:#fff}.plot{fill:none;stroke:#b9c2ca}line{stroke:#e3e8ec}polyline{fill:none;stroke-width:1.8}\
        .c0{--c:#2f6fb0}.c1{--c:#c2571a}.c2{--c:#2f8f57}.c3{--c:#8a56a8}.c4{--c:#9a7a1c}.c5{--c:#5b6670}.c6{--c:#c03b5f}\
        polyline{stroke:var(--c)}path{fill:var(--c)}\
        @media(prefers-color-scheme:dark){text{fill:#aab5bf}.title{fill:#e8ecf0}.paper{fill:#14181c}.plot{stroke:#56616b}\
        line{stroke:#2a323a}.c0{--c:#6aa9e4}.c1{--c:#f0935a}.c2{--c:#5cc487}.c3{--c:#c295de}.c4{--c:#d8b95a}\
        .c5{--c:#aab5bf}.c6{--c:#f0809c}}
        """

    private var axes: String {
        var svg = ""
        for delay in delays {
            svg += "<line x1=\"\(x(delay))\" x2=\"\(x(delay))\" y1=\"\(Self.top)\" y2=\"\(Self.bottom)\"/>"
            svg += Self.text(x(delay), Self.bottom + 20, Self.number(delay), "middle")
        }
        for quality in qualities {
            svg += "<line x1=\"\(Self.left)\" x2=\"\(Self.right)\" y1=\"\(y(quality))\" y2=\"\(y(quality))\"/>"
            svg += Self.text(Self.left - 8, y(quality) + 4, Self.number(quality), "end")
        }
        let (middle, centre) = ((Self.left + Self.right) / 2, (Self.top + Self.bottom) / 2)
        svg += Self.text(middle, Self.bottom + 44, "mean delay, arrival to playout (ms)", "middle")
        return svg + "<text transform=\"translate(20 \(centre)) rotate(-90)\" text-anchor=\"middle\">"
            + "\(Self.escaped(measure))</text>"
    }

    private var lines: String {
        var networks: [String] = []
        for point in points where !networks.contains(point.network) { networks.append(point.network) }
        var svg = ""
        for (index, network) in networks.enumerated() {
            let own = points.filter { $0.network == network }.sorted { $0.delay < $1.delay }
            let path = own.map { "\(x($0.delay * 1000)),\(y($0.quality))" }.joined(separator: " ")
            svg += "\n<g class=\"c\(index % Self.styles)\"><polyline points=\"\(path)\"/>"
            for point in own {
                let title =
                    "\(network), target \(point.setting): \(Self.number((point.delay * 1000).rounded())) ms, "
                    + Self.number((point.quality * 100).rounded() / 100)
                svg += Self.symbol(index, x(point.delay * 1000), y(point.quality), title: title)
            }
            let row = Self.top + 12 + 22 * Double(index)
            svg += Self.symbol(index, Self.right + 22, row, title: nil)
            svg += Self.text(Self.right + 36, row + 4, network, "start") + "</g>"
        }
        let settings = points.filter { $0.network == networks.first }.map(\.setting).joined(separator: ", ")
        guard !settings.isEmpty else { return svg }
        return svg
            + Self.text(
                (Self.left + Self.right) / 2, Self.bottom + 66,
                "one point for each target: \(settings) of packets in time", "middle")
    }

    // MARK: - Drawing

    private func x(_ milliseconds: Double) -> Double {
        Self.rounded(Self.left + (Self.right - Self.left) * milliseconds / (delays.last ?? 1))
    }

    private func y(_ quality: Double) -> Double {
        let (first, last) = (qualities.first ?? 0, qualities.last ?? 1)
        let part = (quality - first) / max(last - first, 1e-9)
        return Self.rounded(Self.bottom - (Self.bottom - Self.top) * (isLowerBetter ? 1 - part : part))
    }

    /// Round numbers around a range, four to nine of them.
    private static func marks(_ low: Double, _ high: Double) -> [Double] {
        var step = 0.001
        let steps = [2.0, 2.5, 2.0]
        var next = 0
        while (high / step).rounded(.up) - (low / step).rounded(.down) > 7 {
            step *= steps[next % 3]
            next += 1
        }
        let (first, last) = (Int((low / step).rounded(.down)), Int((high / step).rounded(.up)))
        return (first...max(last, first + 1)).map { (Double($0) * step * 1000).rounded() / 1000 }
    }

    /// A shape of its own for each network, so that colour need not tell.
    private static func symbol(_ index: Int, _ x: Double, _ y: Double, title: String?) -> String {
        let shape =
            switch index % styles {
            case 0: "m-5,0a5,5 0 1,0 10,0a5,5 0 1,0 -10,0"
            case 1: "m-5,-5h10v10h-10z"
            case 2: "m0,-6l6,10h-12z"
            case 3: "m0,-6.5l6.5,6.5l-6.5,6.5l-6.5,-6.5z"
            case 4: "m0,6l6,-10h-12z"
            case 5: "m-2,-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z"
            default: "m-6,-2h12v4h-12z"
            }
        let text = title.map { "<title>\(escaped($0))</title>" } ?? ""
        return "<path d=\"M\(x),\(y)\(shape)\">\(text)</path>"
    }

    private static func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
        "<text x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor)\">\(escaped(text))</text>"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private static func number(_ value: Double) -> String {
        value == value.rounded() ? "\(Int(value))" : "\(value)"
    }
}
