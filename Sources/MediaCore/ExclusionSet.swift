/// The places whose voices a listener must not hear: their own, and whoever they have muted.
///
/// Listeners with equal sets form an exclusion class and share one mix. A fixed set of bits: no allocation, O(1).
public struct ExclusionSet: Sendable, Hashable {
    /// Places run from 0 to one less than this.
    public static let capacity = 1024

    @usableFromInline var words = InlineArray<16, UInt64>(repeating: 0)

    /// Nobody is excluded.
    public init() {}

    /// Exactly one voice is excluded, as for somebody who hears everyone but themselves.
    public init(_ place: Int) { insert(place) }

    /// The places 0 to 63, one bit each.
    public init(firstPlaces bits: UInt64) { words[0] = bits }

    public mutating func insert(_ place: Int) {
        precondition((0..<Self.capacity).contains(place))
        words[place >> 6] |= 1 << UInt64(place & 63)
    }

    public mutating func remove(_ place: Int) {
        precondition((0..<Self.capacity).contains(place))
        words[place >> 6] &= ~(1 << UInt64(place & 63))
    }

    @inlinable public func contains(_ place: Int) -> Bool {
        precondition((0..<Self.capacity).contains(place))
        return words[place >> 6] & (1 << UInt64(place & 63)) != 0
    }

    public static func == (lhs: ExclusionSet, rhs: ExclusionSet) -> Bool {
        for i in 0..<16 where lhs.words[i] != rhs.words[i] { return false }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        for i in 0..<16 { hasher.combine(words[i]) }
    }
}
