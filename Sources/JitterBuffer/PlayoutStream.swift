public import MediaCore

/// Decoded samples on their way to the room: a queue that remembers what was heard last, so that its pace can be changed.
///
/// Two things change the pace. `shorten` and `lengthen` take out or repeat a pitch period, for delays. `read` resamples,
/// for clocks that drift. With neither, samples pass unchanged, later by `delay` samples. Counts are in samples per
/// channel at the format's rate.
@safe public struct PlayoutStream: ~Copyable {
    /// What resampling needs to see ahead: half its filter.
    public static let delay = FractionalDelay.taps / 2

    public let format: AudioFormat
    /// The longest packet, twice: what is decoded ahead to look for pitch periods, and what comes then.
    let capacity: Int
    let history: Int
    let storage: UnsafeMutableBufferPointer<Float>
    /// Where the next sample to be heard is, and how far beyond it (0..<1).
    var head: Int
    var fraction = 0.0
    var tail: Int
    /// For the search: the samples around the head, one channel.
    var scratch: [Float]

    public init(format: AudioFormat) {
        self.format = format
        history = format.sampleRate / 20
        capacity = history + format.sampleRate * 3 / 10 + 2 * format.samplesPerFrame
        unsafe storage = .allocate(capacity: capacity * format.channels)
        unsafe storage.initialize(repeating: 0)
        head = history
        tail = history + Self.delay
        scratch = Array(repeating: 0, count: format.sampleRate / 125 * format.channels)
    }

    deinit { unsafe storage.deallocate() }

    /// Samples that can be read.
    public var available: Int { tail - head - Self.delay }

    /// Samples that can be appended at once, whatever is there: 120 ms.
    public var room: Int { format.sampleRate * 3 / 25 }

    /// Where the next `count` samples go; `append` then says how many were written.
    @_lifetime(&self)
    public mutating func tail(_ count: Int) -> MutableSpan<Float> {
        makeRoom(count)
        return samples(tail..<(tail + count))
    }

    /// Counts samples that were written to `tail`.
    public mutating func append(_ count: Int) { tail += count }

    /// The newest samples, as far as they were not heard.
    @_lifetime(&self)
    public mutating func newest(_ count: Int) -> MutableSpan<Float> {
        let start = max(tail - count, head + Self.delay)
        return samples(min(start, tail)..<tail)
    }

    /// The same, to look at.
    @_lifetime(borrow self)
    public func newestSamples(_ count: Int) -> Span<Float> {
        let start = min(max(tail - count, head + Self.delay), tail)
        let channels = format.channels
        let part = unsafe UnsafeBufferPointer(rebasing: storage[(start * channels)..<(tail * channels)])
        let span = unsafe Span(_unsafeElements: part)
        return unsafe _overrideLifetime(span, borrowing: self)
    }

    /// How many samples a frame takes at a pace.
    /// - Parameter drift: as a part of the pace.
    public func needed(drift: Double) -> Int {
        let frame = format.samplesPerFrame
        guard drift != 0 || fraction != 0 else { return frame }
        return Int((fraction + Double(frame) * (1 + drift)).rounded(.up))
    }

    /// Takes out a frame; `available` must be at least `needed(drift:)`.
    public mutating func read(into frame: inout PCMFrame, drift: Double) {
        precondition(available >= needed(drift: drift))
        guard drift != 0 || fraction != 0 else {
            let count = format.samplesPerFrame
            Self.copy(samples(head..<(head + count)), into: &frame)
            head += count
            return
        }
        let step = 1 + drift
        unsafe FractionalDelay.resample(
            from: storage, at: head, fraction: fraction, step: step, channels: format.channels, into: &frame)
        let moved = fraction + Double(format.samplesPerFrame) * step
        let whole = moved.rounded(.down)
        head += Int(whole)
        fraction = moved - whole
        // Where nothing drifts any more, the rest of a sample is not worth a filter for ever.
        if drift == 0 && fraction < 1e-9 { fraction = 0 }
    }

    /// Whether the next samples, and all that a filter would see around them, are zero.
    public func isSilent(_ count: Int) -> Bool {
        let channels = format.channels
        for i in ((head - Self.delay) * channels)..<min((head + count + Self.delay) * channels, tail * channels) {
            if unsafe storage[i] != 0 { return false }
        }
        return true
    }

    /// Takes out samples without looking at them.
    public mutating func skip(_ count: Int) {
        precondition(count <= available)
        head += count
    }

    /// Forgets everything.
    public mutating func removeAll() {
        unsafe storage.update(repeating: 0)
        head = history
        tail = history + Self.delay
        fraction = 0
    }

    // MARK: - Memory

    @_lifetime(&self)
    mutating func samples(_ range: Range<Int>) -> MutableSpan<Float> {
        let channels = format.channels
        let part = unsafe UnsafeMutableBufferPointer(
            rebasing: storage[(range.lowerBound * channels)..<(range.upperBound * channels)])
        let span = unsafe MutableSpan(_unsafeElements: part)
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    private static func copy(_ source: consuming MutableSpan<Float>, into frame: inout PCMFrame) {
        var target = frame.mutableSamples
        target.copy(source.span)
    }

    /// Moves what is needed to the front.
    private mutating func makeRoom(_ count: Int) {
        guard tail + count > capacity else { return }
        let start = head - history
        precondition(tail - start + count <= capacity, "more was decoded ahead than the stream holds")
        let channels = format.channels
        guard let base = unsafe storage.baseAddress else { return }
        unsafe base.update(from: base + start * channels, count: (tail - start) * channels)
        head -= start
        tail -= start
    }
}

extension PlayoutStream: @unchecked Sendable {}
