import Glibc

/// Which regions stand in for one that has no room.
public struct RegionMap: Sendable, Hashable {
    /// Degrees north and east.
    public struct Place: Sendable, Hashable {
        public var latitude: Double
        public var longitude: Double

        public init(latitude: Double, longitude: Double) {
            self.latitude = latitude
            self.longitude = longitude
        }
    }

    private let fallbacks: [String: [String]]

    /// No region stands in for another.
    public init() { fallbacks = [:] }

    /// By order, as written down for each region.
    public init(order: [String: [String]]) { fallbacks = order }

    /// By distance over the ground, nearest first.
    /// - Parameter farthest: in kilometres; what is farther does not stand in.
    public init(places: [String: Place], farthest: Double = .infinity) {
        var fallbacks: [String: [String]] = [:]
        for (name, place) in places {
            let others = places.filter { $0.key != name }.map { ($0.key, Self.distance(place, $0.value)) }
            fallbacks[name] = others.filter { $0.1 <= farthest }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0)
        }
        self.fallbacks = fallbacks
    }

    /// A region and those that stand in for it, in the order they are tried.
    public func regions(for region: String) -> [String] { [region] + (fallbacks[region] ?? []) }

    /// Along a great circle, in kilometres (the haversine formula, Earth's mean radius).
    public static func distance(_ a: Place, _ b: Place) -> Double {
        let degree = Double.pi / 180
        let north = sin((b.latitude - a.latitude) * degree / 2)
        let east = sin((b.longitude - a.longitude) * degree / 2)
        let part = north * north + cos(a.latitude * degree) * cos(b.latitude * degree) * east * east
        return 2 * 6371 * asin(min(part.squareRoot(), 1))
    }
}
