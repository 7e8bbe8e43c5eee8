import MediaCore

/// Decoded samples between the packets of a sender, which have any length, and the frames of a tick, which have one.
///
/// One buffer for life. Samples are written at the end in place and read from the front; what is left is moved to the
/// front when the end has no room. Counts are in samples per channel.
@safe struct SampleQueue: ~Copyable {
    let capacity: Int
    private(set) var count = 0
    private let channels: Int
    private let storage: UnsafeMutableBufferPointer<Float>
    private var head = 0

    /// - Parameter capacity: what the queue can hold. Writing more traps: the lane asks `room` before.
    init(capacity: Int, channels: Int) {
        self.capacity = capacity
        self.channels = channels
        // Not initialised: what is never used is never touched, which a hundred lanes notice.
        unsafe storage = .allocate(capacity: capacity * channels)
    }

    deinit { unsafe storage.deallocate() }

    var room: Int { capacity - count }

    /// Where the next `count` samples go; `append` then says how many were written.
    @_lifetime(&self)
    mutating func tail(_ count: Int) -> MutableSpan<Float> {
        precondition(count <= room)
        if head + self.count + count > capacity { moveToFront() }
        let start = (head + self.count) * channels
        let part = unsafe UnsafeMutableBufferPointer(rebasing: storage[start..<(start + count * channels)])
        let span = unsafe MutableSpan(_unsafeElements: part)
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    /// Copies interleaved samples to the tail; `append` then counts them.
    mutating func write(_ samples: Span<Float>) {
        var tail = tail(samples.count / channels)
        tail.copy(samples)
    }

    /// Counts samples that were written to `tail`, leaving out some at either end of them.
    mutating func append(_ written: Int, droppingFirst trimStart: Int = 0, last trimEnd: Int = 0) {
        let start = min(trimStart, written)
        let kept = max(written - start - trimEnd, 0)
        if start > 0 && kept > 0 {
            let from = (head + count + start) * channels
            let to = (head + count) * channels
            guard let base = unsafe storage.baseAddress else { return }
            unsafe (base + to).update(from: base + from, count: kept * channels)
        }
        count += kept
    }

    mutating func appendSilence(_ samples: Int) {
        var span = tail(samples)
        for i in span.indices { span[i] = 0 }
        append(samples)
    }

    /// Moves up to `frame`'s size of samples into it and fills the rest with zeros.
    /// - Returns: how many samples per channel came from the queue.
    mutating func read(into frame: inout PCMFrame, at offset: Int = 0) -> Int {
        let wanted = min(frame.format.samplesPerFrame - offset, count)
        guard wanted > 0 else { return 0 }
        var target = frame.mutableSamples
        let source = unsafe UnsafeBufferPointer(rebasing: storage[(head * channels)..<((head + wanted) * channels)])
        let from = offset * channels
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let to = target.baseAddress, let first = source.baseAddress else { return }
            unsafe (to + from).update(from: first, count: wanted * channels)
        }
        head += wanted
        count -= wanted
        // What is left is little: at the front, the next samples go where the caches still are.
        if count <= wanted { moveToFront() }
        return wanted
    }

    /// The newest `samples` samples, to be faded.
    @_lifetime(&self)
    mutating func newest(_ samples: Int) -> MutableSpan<Float> {
        let end = (head + count) * channels
        let start = end - min(samples, count) * channels
        let span = unsafe MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: storage[start..<end]))
        return unsafe _overrideLifetime(span, mutating: &self)
    }

    mutating func removeAll() { (head, count) = (0, 0) }

    private mutating func moveToFront() {
        guard head > 0, let base = unsafe storage.baseAddress else { return }
        unsafe base.update(from: base + head * channels, count: count * channels)
        head = 0
    }
}
