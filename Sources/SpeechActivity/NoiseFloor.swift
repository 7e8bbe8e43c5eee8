import MediaCore

/// What the noise of a place sounds like when nobody speaks there: its power in each octave band.
///
/// Minimum statistics (R. Martin, 2001) with one addition, that steadiness tells noise from speech:
/// - It falls within a few blocks to whatever is quieter.
/// - A band that has stayed within `steadiness` for a whole window holds noise, not speech, and the floor is set to its
///   mean at once. So the gate closes on a fan within 1.6 s of its start, hangover included.
/// - A band that moves more is held to be speech, and the floor rises towards its minimum by no more than `rise`, so that
///   a monologue does not drown itself.
struct NoiseFloor {
    typealias Bands = OctaveAnalyser.Bands

    /// Below this a band counts as silent, so that nobody hears dither come and go: -78 dBov.
    private static let quietest = Bands(repeating: power(-78))
    /// No band's floor rises above this: -40 dBov. What is louder is kept, however steady: a tone, a held chord.
    private static let loudest = Bands(repeating: power(-40))
    /// Where the floor starts: above the noise of a quiet room, below soft speech. -66 dBov.
    private static let initial = Bands(repeating: power(-66))
    /// The share of a new block in the smoothed power: a time constant of 45 ms.
    private static let smoothing: Float = 0.2
    /// The share of the way down that the floor goes in one block.
    private static let fall: Float = 0.1
    /// Loudest to quietest smoothed block of steady noise: 6 dB.
    private static let steadiness = power(6)
    /// The mean of moving noise above its minimum: 1.8 dB.
    private static let bias: Float = 1.5
    /// The largest rise per part of the window where the sound is not steady: 0.75 dB, which is 3 dB per second.
    private static let rise = power(0.75)
    /// The window has four parts of 25 blocks (a quarter of a second) each.
    private static let blocksPerPart = 25

    /// The floor of each band, as a mean square.
    private(set) var power = Self.initial
    private var smoothed: Bands?
    private var current = Extremes()
    private var past = InlineArray<4, Extremes>(repeating: Extremes())
    private var parts = 0

    private struct Extremes {
        var lowest = Bands(repeating: .greatestFiniteMagnitude)
        var highest = Bands.zero
        var sum = Bands.zero
        var blocks = 0
    }

    /// Learns from the next block of about 10 ms.
    mutating func observe(_ bands: Bands) {
        let last = smoothed ?? bands
        let smooth = last + Self.smoothing * (bands - last)
        smoothed = smooth
        power += Self.fall * lower(smooth - power, .zero)
        current.lowest = lower(current.lowest, smooth)
        current.highest = higher(current.highest, smooth)
        current.sum += smooth
        current.blocks += 1
        if current.blocks == Self.blocksPerPart { closePart() }
        power = lower(higher(power, Self.quietest), Self.loudest)
    }

    private mutating func closePart() {
        past[parts % past.count] = current
        parts += 1
        current = Extremes()
        guard parts >= past.count else { return }
        var window = past[0]
        for i in 1..<past.count {
            window.lowest = lower(window.lowest, past[i].lowest)
            window.highest = higher(window.highest, past[i].highest)
            window.sum += past[i].sum
        }
        let mean = window.sum / Float(Self.blocksPerPart * past.count)
        let risen = higher(power, lower(window.lowest * Self.bias, power * Self.rise))
        let isSteady = window.highest .< window.lowest * Self.steadiness
        power = risen.replacing(with: mean, where: isSteady)
    }

    // The library's own minimum and maximum of vectors are calls, a scalar at a time.
    private func lower(_ a: Bands, _ b: Bands) -> Bands { a.replacing(with: b, where: b .< a) }
    private func higher(_ a: Bands, _ b: Bands) -> Bands { a.replacing(with: b, where: b .>= a) }

    /// The power ratio of a number of decibels, for the constants above.
    private static func power(_ decibels: Double) -> Float { Decibels(decibels).power }
}
