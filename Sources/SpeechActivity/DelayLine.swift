import MediaCore

/// A delay of a fixed number of samples, frame by frame, that also keeps the frame that came last.
///
/// Frames are laid behind one another in a buffer with room for several; only when it is full is the history moved back
/// to its start. So there is no modulo per sample, and a frame always lies in one piece.
@safe struct DelayLine: ~Copyable {
    /// Frames between two moves of the history.
    private static let slack = 8

    private let storage: UnsafeMutablePointer<Float>
    private let capacity: Int
    /// Values that leave later than they arrive.
    private let history: Int
    private let frame: Int
    /// Where the delayed frame starts; the newest starts `history` values later.
    private var start = 0
    /// How many of the last values were zero for certain, as far as it matters.
    private var silentValues: Int

    /// - Parameter latency: samples per channel, 0 or more.
    init(format: AudioFormat, latency: Int) {
        precondition(latency >= 0, "a delay line cannot look into the future")
        history = latency * format.channels
        frame = format.valuesPerFrame
        capacity = history + frame * Self.slack
        unsafe storage = .allocate(capacity: capacity)
        unsafe storage.initialize(repeating: 0, count: capacity)
        silentValues = history
    }

    deinit { unsafe storage.deallocate() }

    /// Whether nothing but zeros is still to come out.
    var isSilent: Bool { silentValues >= history }

    /// Takes in the next frame. Not needed for a silent frame while `isSilent`.
    mutating func push(_ arriving: borrowing PCMFrame) {
        let values = arriving.samples
        precondition(values.count == frame, "a frame of another format")
        start += frame
        if start + history + frame > capacity {
            unsafe storage.update(from: storage + start, count: history)
            start = 0
        }
        unsafe values.withUnsafeBufferPointer { source in
            guard let first = source.baseAddress else { return }
            unsafe (storage + start + history).update(from: first, count: frame)
        }
        silentValues = arriving.isSilent ? min(history, silentValues + frame) : 0
    }

    /// The frame that was pushed last.
    var newest: Span<Float> {
        @_lifetime(borrow self) get {
            let span = unsafe Span(_unsafeStart: storage + start + history, count: frame)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Writes the frame that lies `latency` before the newest.
    func copyDelayed(into frame: inout PCMFrame) {
        var target = frame.mutableSamples
        unsafe target.withUnsafeMutableBufferPointer { target in
            guard let first = target.baseAddress else { return }
            unsafe first.update(from: storage + start, count: target.count)
        }
    }

    mutating func reset() {
        unsafe storage.update(repeating: 0, count: capacity)
        silentValues = history
    }
}
