/// A value over time, in a fixed number of bins: what a report draws.
///
/// When the bins are full, neighbours are joined and each bin stands for twice the time. So memory does not grow with
/// the recording, and adding a tick allocates nothing.
public struct Timeline: Sendable {
    /// How two values of one bin become one.
    public enum Merge: Sendable {
        case highest, lowest, sum
    }

    /// Bins, at most; an even number.
    public static let maximumBins = 2048

    /// Ticks that one bin stands for: a power of two.
    public private(set) var ticksPerBin = 1
    /// Ticks added so far.
    public private(set) var ticks = 0
    private let merge: Merge
    private let neutral: Float
    private var storage: [Float]

    public init(_ merge: Merge) {
        self.merge = merge
        neutral =
            switch merge {
            case .highest, .sum: 0
            case .lowest: 1
            }
        storage = Array(repeating: neutral, count: Self.maximumBins)
    }

    /// The bins so far, oldest first; the last may be partly filled.
    public var bins: ArraySlice<Float> { storage[..<((ticks + ticksPerBin - 1) / ticksPerBin)] }

    /// Adds one tick's value.
    public mutating func add(_ value: Float) {
        if ticks == ticksPerBin * Self.maximumBins { halve() }
        let bin = ticks / ticksPerBin
        storage[bin] = combine(storage[bin], value)
        ticks += 1
    }

    private mutating func halve() {
        for bin in 0..<(Self.maximumBins / 2) { storage[bin] = combine(storage[2 * bin], storage[2 * bin + 1]) }
        for bin in (Self.maximumBins / 2)..<Self.maximumBins { storage[bin] = neutral }
        ticksPerBin *= 2
    }

    private func combine(_ a: Float, _ b: Float) -> Float {
        switch merge {
        case .highest: max(a, b)
        case .lowest: min(a, b)
        case .sum: a + b
        }
    }
}
