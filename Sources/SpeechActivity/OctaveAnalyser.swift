internal import CSampleKernels
import MediaCore

/// Cuts the signal into blocks of about 10 ms and measures each block's power in octave bands.
///
/// The bands come from the Haar pyramid: the differences of neighbouring values are the upper half of the spectrum, their
/// sums the lower half at half the rate, and so on until the rate is below 2.5 kHz. All bands together cost two
/// passes over the block, and their sum is its mean square (Parseval) but for rumble, which the lowest leaves out. Their
/// edges are shallow, which is no harm where every band is only compared with its own past.
///
/// Interleaved stereo is halved once more: its first sums are mid and its first differences side, so that a voice in
/// opposite phase, which mid alone would not show, is still seen.
@safe struct OctaveAnalyser: ~Copyable {
    /// Bands in a vector: lane 0 is the lowest, up to 0.6...1.25 kHz; unused lanes stay zero.
    typealias Bands = SIMD8<Float>

    /// Samples per channel in a block.
    let blockLength: Int
    private let channels: Int
    private let halvings: Int
    /// One block, interleaved; the analysis works in place and leaves it in pieces.
    private let block: UnsafeMutablePointer<Float>
    /// Samples per channel in the block so far.
    private var filled = 0

    init(format: AudioFormat) {
        channels = format.channels
        var octaves = 0
        while format.sampleRate >> (octaves + 1) >= 1250 && octaves < Bands.scalarCount - 2 { octaves += 1 }
        halvings = octaves + (channels - 1)
        let unit = 1 << octaves
        blockLength = max(1, (format.sampleRate / 100 + unit / 2) / unit) * unit
        unsafe block = .allocate(capacity: blockLength * channels)
        unsafe block.initialize(repeating: 0, count: blockLength * channels)
    }

    deinit { unsafe block.deallocate() }

    /// Samples per channel that the block still lacks: at least 1.
    var missing: Int { blockLength - filled }

    /// Appends interleaved values, at most `missing` samples per channel.
    /// - Returns: the power of each band if the block is complete; the next is begun.
    mutating func append(_ values: Span<Float>) -> Bands? {
        precondition(values.count <= missing * channels, "more than the block lacks")
        return unsafe values.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return nil }
            // A block that comes whole need not be gathered.
            if filled == 0 && source.count == blockLength * channels { return unsafe analyse(start) }
            unsafe (block + filled * channels).update(from: start, count: source.count)
            filled += source.count / channels
            guard filled == blockLength else { return nil }
            filled = 0
            return unsafe analyse(block)
        }
    }

    /// Appends digital silence.
    /// - Returns: how many blocks it has completed. What was in the first of them is not looked at.
    mutating func appendSilence(_ samples: Int) -> Int {
        let total = filled + samples
        filled = total % blockLength
        for value in 0..<(filled * channels) { unsafe block[value] = 0 }
        return total / blockLength
    }

    mutating func reset() { filled = 0 }

    var stateBytes: Int { MemoryLayout<Int>.size + blockLength * channels * MemoryLayout<Float>.stride }

    func save(into image: inout StateImage) {
        image.write(filled)
        unsafe image.write(UnsafeRawBufferPointer(gathered))
    }

    mutating func restore(from image: inout StateImage) {
        filled = image.read()
        unsafe image.read(into: UnsafeMutableRawBufferPointer(gathered))
    }

    /// What there is of the block.
    @unsafe private var gathered: UnsafeMutableBufferPointer<Float> {
        unsafe UnsafeMutableBufferPointer(start: block, count: filled * channels)
    }

    /// - Parameter values: a block; with the first halving it moves to `block`.
    private func analyse(_ values: UnsafePointer<Float>) -> Bands {
        var values = unsafe values
        // Lane by lane a vector would go to memory and back each time.
        var bands = InlineArray<8, Float>(repeating: 0)
        var count = blockLength * channels
        var scale = 1 / Float(count)
        for step in 0..<halvings {
            count /= 2
            scale /= 2
            bands[halvings - step] = unsafe parley_halve(values, block, Int32(count)) * scale
            unsafe values = UnsafePointer(block)
        }
        bands[0] = unsafe differences(values, count) * scale / 2
        return Bands(bands[0], bands[1], bands[2], bands[3], bands[4], bands[5], bands[6], bands[7])
    }

    /// The energy of what changes among the first `count` values from one to the next but one. At their rate of 1.25 to
    /// 2.5 kHz that takes some 20 dB off rumble at 10 Hz, whose power wanders as that of speech does, 8 dB off hum at 50 Hz,
    /// and leaves voices from 100 Hz.
    private func differences(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
        guard count > 2 else { return 0 }
        var sum: Float = 0
        for i in 2..<count {
            let step = unsafe values[i] - values[i - 2]
            sum += step * step
        }
        return sum * Float(count) / Float(count - 2)
    }
}
