import MediaCore

/// A gain that goes between closed and open along a smooth curve (3p² - 2p³), with a time for each way.
///
/// Its place is an integer, so that it opens and closes completely and a fade is the same however it is cut into frames.
struct Fader {
    /// Where it is going.
    var isOpening = false
    /// The gain when closed, as an amplitude.
    let floor: Float

    /// Samples of a whole opening and of a whole closing, at least 1.
    private let attack: Int
    private let release: Int
    /// 0 for closed to `attack * release` for open: opening adds `release` per sample, closing takes `attack`.
    private var place = 0

    init(attack: Int, release: Int, floor: Float) {
        self.attack = max(1, attack)
        self.release = max(1, release)
        self.floor = floor
    }

    private var top: Int { attack * release }
    /// Whether it is closed and stays so.
    var isClosed: Bool { place == 0 && !isOpening }
    /// Whether the gain is 1 and stays so.
    var isOpen: Bool { place == top && isOpening }

    /// Jumps to where it is going. Only for where there is nothing to be heard.
    mutating func settle() { place = isOpening ? top : 0 }

    var stateBytes: Int { MemoryLayout<Bool>.size + MemoryLayout<Int>.size }

    func save(into image: inout StateImage) {
        image.write(isOpening)
        image.write(place)
    }

    mutating func restore(from image: inout StateImage) {
        isOpening = image.read()
        place = image.read()
    }

    /// Multiplies the samples of a range (per channel) and moves on by as many.
    mutating func apply(to values: inout MutableSpan<Float>, _ range: Range<Int>, channels: Int) {
        if isOpen { return }
        let step = isOpening ? release : -attack
        let scale = 1 / Float(top)
        for sample in range {
            place = min(max(place + step, 0), top)
            let p = Float(place) * scale
            let gain = place == top ? 1 : floor + (1 - floor) * p * p * (3 - 2 * p)
            for channel in 0..<channels { values[sample * channels + channel] *= gain }
        }
    }
}
