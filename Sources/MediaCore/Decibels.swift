#if canImport(Glibc)
    import Glibc
#endif

/// A level or a gain on the logarithmic scale: 20·log10 of an amplitude ratio.
public struct Decibels: Sendable, Hashable, Comparable {
    public var value: Double

    public init(_ value: Double) { self.value = value }

    /// The decibels of an amplitude; silence is `-infinity`.
    public init(amplitude: Float) { value = amplitude > 0 ? 20 * log10(Double(amplitude)) : -.infinity }

    /// The decibels of a mean square; silence is `-infinity`.
    public init(meanSquare: Float) { value = meanSquare > 0 ? 10 * log10(Double(meanSquare)) : -.infinity }

    /// The amplitude ratio: 1 for 0 dB, 0 for `-infinity`.
    public var amplitude: Float { Float(pow(10, value / 20)) }

    /// The power ratio, to compare with a mean square.
    public var power: Float { Float(pow(10, value / 10)) }

    public static func < (lhs: Decibels, rhs: Decibels) -> Bool { lhs.value < rhs.value }
}
