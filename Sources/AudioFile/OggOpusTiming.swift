/// Where the packets of one Opus stream lie in time, from the granule positions of its pages (RFC 7845 §4).
struct OggOpusTiming {
    enum Page: Equatable {
        case continues
        /// So many samples are missing before the page.
        case gap(Int)
        /// The granule position is not to be believed.
        case jump
    }

    /// Granule position at which the stream begins: not 0 in a stream that was recorded from its middle.
    private(set) var start: Int64 = 0
    private var position: Int64?
    private var skip: Int
    /// Samples of the packets not yet given, and how many of their last are not to be heard.
    private var left = 0
    private var trimmed = 0

    init(preSkip: Int = 0) { skip = preSkip }

    /// Takes the granule position of a page and the samples of the packets that end on it.
    mutating func page(granule: Int64, samples: Int, isLast: Bool) -> Page {
        left = samples
        trimmed = 0
        // -1 means that no packet ends here; the bound keeps hostile values from overflowing.
        guard granule >= 0, granule < 1 << 50 else { return .continues }
        guard let before = position else {
            start = max(granule - Int64(samples), 0)
            position = start + Int64(samples)
            trimEnd(to: granule, isLast: isLast)
            return .continues
        }
        let expected = before + Int64(samples)
        position = expected
        if granule > expected {
            position = granule
            let gap = granule - expected
            guard gap <= OggOpusReader.maximumGap else { return .jump }
            let skipped = min(skip, Int(gap))
            skip -= skipped
            return Int(gap) > skipped ? .gap(Int(gap) - skipped) : .continues
        }
        trimEnd(to: granule, isLast: isLast)
        return .continues
    }

    /// What is not to be heard of the next packet of the page.
    mutating func trims(duration: Int) -> (start: Int, end: Int) {
        left -= duration
        let end = min(max(trimmed - left, 0), duration)
        trimmed -= end
        let start = min(skip, duration - end)
        skip -= start
        return (start, end)
    }

    private mutating func trimEnd(to granule: Int64, isLast: Bool) {
        guard isLast, let position, granule < position else { return }
        trimmed = min(Int(position - granule), left)
    }
}
