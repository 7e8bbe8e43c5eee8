import BasicContainers
import MediaCore

/// A delay of a fixed number of samples, frame by frame, that also keeps the frame that came last.
///
/// Frames come in by swapping, not by copying: most that a gate hears are never heard by anybody else.
struct DelayLine: ~Copyable {
    /// The last frames, round and round.
    private var frames: RigidArray<PCMFrame>
    private var newestPlace = 0
    /// Values that leave later than they arrive: so many whole frames, and a part of one.
    private let history: Int
    private let wholeFrames: Int
    private let part: Int
    private let frame: Int
    /// How many of the last values were zero for certain, as far as it matters.
    private var silentValues: Int

    /// - Parameter latency: samples per channel, 0 or more.
    init(format: AudioFormat, latency: Int) {
        precondition(latency >= 0, "a delay line cannot look into the future")
        history = latency * format.channels
        frame = format.valuesPerFrame
        (wholeFrames, part) = history.quotientAndRemainder(dividingBy: frame)
        frames = RigidArray(capacity: wholeFrames + 2)
        for _ in 0..<(wholeFrames + 2) { frames.append(PCMFrame(format: format)) }
        silentValues = history
    }

    /// Whether nothing but zeros is still to come out.
    var isSilent: Bool { silentValues >= history }

    /// Takes in the next frame and leaves another in its place, with its annotations and any samples. Not needed for a
    /// silent frame while `isSilent`.
    mutating func push(_ arriving: inout PCMFrame) {
        precondition(arriving.format.valuesPerFrame == frame, "a frame of another format")
        silentValues = arriving.isSilent ? min(history, silentValues + frame) : 0
        newestPlace = newestPlace + 1 < frames.count ? newestPlace + 1 : 0
        let annotations = arriving.annotations
        swap(&frames[newestPlace], &arriving)
        arriving.annotations = annotations
    }

    /// The frame that was pushed last.
    var newest: Span<Float> {
        @_lifetime(borrow self) get { unsafe _overrideLifetime(frames[newestPlace].samples, borrowing: self) }
    }

    /// Writes the frame that lies `latency` before the newest.
    func copyDelayed(into frame: inout PCMFrame) {
        let kept = self.frame - part
        if part > 0 { Self.copy(frames[place(wholeFrames + 1)], kept..<self.frame, into: &frame, at: 0) }
        Self.copy(frames[place(wholeFrames)], 0..<kept, into: &frame, at: part)
    }

    private static func copy(
        _ source: borrowing PCMFrame, _ values: Range<Int>, into frame: inout PCMFrame, at offset: Int
    ) {
        var target = frame.mutableSamples
        target.copy(source.samples.extracting(values), at: offset)
    }

    mutating func reset() {
        for i in frames.indices { frames[i].silence() }
        silentValues = history
    }

    var stateBytes: Int { frames[0].stateBytes * frames.count + 2 * MemoryLayout<Int>.size }

    func save(into image: inout StateImage) {
        for i in frames.indices { frames[i].save(into: &image) }
        image.write(newestPlace)
        image.write(silentValues)
    }

    mutating func restore(from image: inout StateImage) {
        for i in frames.indices { frames[i].restore(from: &image) }
        newestPlace = image.read()
        silentValues = image.read()
    }

    /// Where the frame lies that came so many before the newest.
    private func place(_ before: Int) -> Int {
        newestPlace >= before ? newestPlace - before : newestPlace - before + frames.count
    }
}
