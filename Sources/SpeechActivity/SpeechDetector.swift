import MediaCore

/// Tells speech from noise, block by block of about 10 ms: what the gate and the meter have in common.
///
/// Speech is where some octave band stands `margin` above its own noise floor. So a fricative counts by its high bands in
/// the rumble of a fan, a vowel by its low ones in hiss, and steady hum by none.
struct SpeechDetector: ~Copyable {
    private typealias Bands = OctaveAnalyser.Bands

    /// How much more a band must stand out to count, lowest first: 1 dB, 1 dB and 0.5 dB in the lowest three. The narrower
    /// a band, the more the power of mere noise in it sways from block to block.
    private static let allowance = Bands(1.259, 1.259, 1.122, 1, 1, 1, 1, 1)
    /// A block below this is digital silence or next to it (-100 dBov) and says nothing about the noise of the place.
    private static let digitalSilence: Float = 1e-10

    /// Whether the blocks up to now are speech, or at most the hangover ago were.
    var isActive: Bool { remaining > 0 }

    private let margin: Float
    private let threshold: Float
    /// What `margin` and `threshold` are multiplied with once speech has begun.
    private let relief: Float
    private let hangoverBlocks: Int
    private var analyser: OctaveAnalyser
    private var floor = NoiseFloor()
    private var previous = Bands.zero
    /// Blocks for which the last speech still counts.
    private var remaining = 0

    /// - Parameter delay: how much later than the decision its audio leaves; the hangover is that much longer, so that it
    ///   is whole in the audio.
    init(format: AudioFormat, configuration: SilenceGate.Configuration, delay: Duration = .zero) {
        analyser = OctaveAnalyser(format: format)
        margin = configuration.margin.power
        threshold = configuration.threshold?.power ?? 0
        relief = Decibels(-configuration.hysteresis.value).power
        let block = format.duration(ofSamples: analyser.blockLength).seconds
        hangoverBlocks = max(1, Int(((configuration.hangover + delay).seconds / block).rounded()))
    }

    /// Samples per channel until the next decision: at least 1. `isActive` does not change before.
    var samplesUntilDecision: Int { analyser.missing }

    /// Hears interleaved values, at most `samplesUntilDecision` samples per channel.
    mutating func hear(_ values: Span<Float>) {
        if let bands = analyser.append(values) { judge(bands) }
    }

    /// Hears digital silence of any length, at no cost. The noise floor stays as it is.
    mutating func hearSilence(_ samples: Int) {
        remaining = max(0, remaining - analyser.appendSilence(samples))
        previous = .zero
    }

    mutating func reset() {
        analyser.reset()
        floor = NoiseFloor()
        previous = .zero
        remaining = 0
    }

    var stateBytes: Int {
        analyser.stateBytes + MemoryLayout<NoiseFloor>.size + MemoryLayout<Bands>.size + MemoryLayout<Int>.size
    }

    func save(into image: inout StateImage) {
        analyser.save(into: &image)
        image.write(floor)
        image.write(previous)
        image.write(remaining)
    }

    mutating func restore(from image: inout StateImage) {
        analyser.restore(from: &image)
        floor = image.read()
        previous = image.read()
        remaining = image.read()
    }

    private mutating func judge(_ bands: Bands) {
        let power = bands.sum()
        // Also refuses what is not a number, which would stay in the floor for ever.
        guard power >= Self.digitalSilence, power.isFinite else {
            previous = .zero
            remaining = max(0, remaining - 1)
            return
        }
        floor.observe(bands)
        let recent = 0.5 * (bands + previous)
        previous = bands
        let ease = isActive ? relief : 1
        let standsOut = recent / (floor.power * Self.allowance) .>= Bands(repeating: margin * ease)
        if standsOut != SIMDMask(repeating: false) && recent.sum() >= threshold * ease {
            remaining = hangoverBlocks
        } else {
            remaining = max(0, remaining - 1)
        }
    }
}
