/// The level of what is always there, by minimum statistics: the least smoothed power of the last two seconds.
///
/// Between words the power falls back to the noise, so the least is the noise even while somebody talks without end. A
/// noise that grows is known after two seconds; one that falls, at once.
struct NoiseFloor: Sendable {
    /// The window is divided, and moves on by one part at a time.
    private static let parts = 10

    private var minima = InlineArray<10, Float>(repeating: .infinity)
    private var current = 0
    private var blocksInPart = 0
    private let blocksPerPart: Int
    private let smoothing: Float
    private var smoothed: Float?
    private var least = Float.infinity

    /// - Parameter blockSeconds: how long the blocks are whose power is added.
    init(blockSeconds: Double) {
        blocksPerPart = max(Int((0.2 / blockSeconds).rounded()), 1)
        smoothing = Float(min(blockSeconds / 0.02, 1))
    }

    /// The mean power of the noise. The least of many smoothed values lies below their mean, by about 1 dB.
    var power: Float { least * 1.26 }

    mutating func add(_ power: Float) {
        let value = smoothed.map { $0 + (power - $0) * smoothing } ?? power
        smoothed = value
        minima[current] = min(minima[current], value)
        least = min(least, value)
        blocksInPart += 1
        guard blocksInPart == blocksPerPart else { return }
        blocksInPart = 0
        current = (current + 1) % Self.parts
        minima[current] = value
        least = value
        for i in 0..<Self.parts { least = min(least, minima[i]) }
    }
}
