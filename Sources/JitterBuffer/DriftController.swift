/// Finds how much faster or slower than the room's clock the sender's runs, from the delay's slow movement: a control
/// loop of two terms whose integral is the drift.
///
/// The delay is held where it was when the loop began (`anchor`), which is anew after every deliberate change of it. A
/// delay that does not move gives a drift of exactly 0, so that a sender with a good clock is never resampled.
struct DriftController {
    /// The most that is corrected: 600 ppm.
    static let maximum = 0.0006
    /// Movements smaller than this are no drift: 0.25 ms.
    private static let deadBand = 12.0
    /// In samples at 48 kHz: the loop answers within some ten seconds.
    private static let timeConstant = 8.0 * 48_000
    /// Of the low-pass before the loop: 1 s.
    private static let smoothing = 48_000.0

    /// As a part.
    private(set) var drift = 0.0
    /// What is used: drift and the way back to the anchor.
    private(set) var correction = 0.0
    private var anchor: Double?
    private var smoothed = 0.0
    /// Samples since the last change; the anchor is set when the delay has settled.
    private var settled = 0

    /// - Parameters:
    ///   - delay: of what is heard now, in samples at 48 kHz.
    ///   - samples: since the last call.
    mutating func update(delay: Int64, samples: Int) {
        guard let anchor else { return settle(delay, samples) }
        let time = Double(samples)
        smoothed += (Double(delay) - smoothed) * min(time / Self.smoothing, 1)
        let offset = smoothed - anchor
        let error = offset.magnitude <= Self.deadBand ? 0 : offset - (offset < 0 ? -Self.deadBand : Self.deadBand)
        drift += error * time / (4 * Self.timeConstant * Self.timeConstant)
        drift = min(max(drift, -Self.maximum), Self.maximum)
        correction = min(max(drift + error / Self.timeConstant, -Self.maximum), Self.maximum)
    }

    /// The delay was changed on purpose, or what is heard is not the sender's: hold the new one.
    mutating func release() {
        anchor = nil
        settled = 0
        correction = drift
    }

    mutating func reset() { self = DriftController() }

    private mutating func settle(_ delay: Int64, _ samples: Int) {
        smoothed = settled == 0 ? Double(delay) : smoothed + (Double(delay) - smoothed) / 8
        settled += samples
        if settled >= 24_000 { anchor = smoothed }
    }
}
