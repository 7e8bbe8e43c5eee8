import BasicContainers
public import MediaCore
public import PipelineSpec

/// One sender's way through the participant scope: packets or PCM are pushed in, one frame a tick is pulled out.
///
/// The lane holds a little more than a frame (`lookahead`), so that a sender who stops in the middle of a wave can still
/// be faded out. Whoever drives it gives it input for as long as `wantsInput`, then pulls. Times are counted in samples
/// per channel at the pipeline's rate, but packets' trims at 48 kHz, as files give them.
public struct ParticipantLane: ~Copyable {
    /// The port at which a source enters the chain.
    public enum Entry: Sendable, Hashable {
        case opus, pcm
    }

    public enum Outcome: Sendable, Hashable {
        /// The frame holds the sender's samples (or silence within them).
        case frame
        /// The sender has ended and everything has been pulled; the frame is silent.
        case finished
    }

    /// Fade at the first and last samples of a sender.
    public static let edgeFade = Duration.milliseconds(10)
    /// Fade between decoded samples and skipped silence.
    public static let seamFade = Duration.microseconds(2500)
    /// A gap is concealed for so long; the rest of it is silent.
    public static let longestConcealment = Duration.milliseconds(120)

    public let format: AudioFormat
    public private(set) var statistics = LaneStatistics()
    /// Whether `end()` was called.
    public private(set) var hasEnded = false
    /// Samples per channel taken in so far: how long the sender lasts once it has ended.
    public private(set) var length = 0
    /// Applied to decoded samples before any frame filter: an Ogg Opus file's output gain, as an amplitude.
    public var sourceGain: Float = 1

    private var payloadFilters: RigidArray<any PayloadFilter & ~Copyable>
    private var decoder: RigidArray<any PayloadDecoder & ~Copyable>
    private var frameFilters: RigidArray<any FrameFilter & ~Copyable>
    private var queue: SampleQueue
    /// Silence that comes after what the queue holds; it becomes samples only if something follows it.
    private var silenceOwed = 0
    private var gapOwed = 0
    private var fadeInLength: Int
    private var fadedIn = 0
    private var flushed = 0
    private let latency: Int
    private let lookahead: Int
    private let longestPacket: Int

    /// Builds the stages of a plan's participant scope.
    /// - Throws: what a stage throws that cannot be made (`OpusError`, say).
    public init(plan: PipelinePlan, entry: Entry) throws {
        format = plan.format
        payloadFilters = RigidArray(capacity: entry == .opus ? plan.participant.count : 0)
        decoder = RigidArray(capacity: entry == .opus ? 1 : 0)
        frameFilters = RigidArray(capacity: plan.participant.count)
        var longestPacket = format.samplesPerFrame
        for stage in plan.participant {
            switch (stage.descriptor.builder, entry) {
            case (.payloadFilter(let make), .opus): payloadFilters.append(try make(stage.arguments, plan.format))
            case (.payloadDecoder(let make), .opus):
                let made = try make(stage.arguments, plan.format)
                longestPacket = max(longestPacket, made.maximumSamplesPerPacket)
                decoder.append(made)
            case (.frameFilter(let make), _): frameFilters.append(try make(stage.arguments, plan.format))
            default: break
            }
        }
        self.longestPacket = longestPacket
        latency = plan.latency(of: .participant)
        lookahead = format.samples(in: Self.edgeFade)
        fadeInLength = lookahead
        // What is held, as much owed silence, a concealed gap and the packet after it.
        queue = SampleQueue(
            capacity: 2 * (format.samplesPerFrame + lookahead) + 2 * longestPacket, channels: format.channels)
    }

    /// Whether the next frame needs more input than the lane has. Never true after `end()`.
    public var wantsInput: Bool { !hasEnded && queue.count + silenceOwed < format.samplesPerFrame + lookahead }

    /// Takes the next packet, in order. Only while `wantsInput`, and only in a lane that is entered at `opus`: traps else.
    /// - Parameters:
    ///   - audioLevel: what the sender said of its level (RFC 6464), in dBov; nil if nothing.
    ///   - trimStart: samples at 48 kHz that are not to be heard at its start (an Ogg Opus file's pre-skip).
    ///   - trimEnd: likewise at its end.
    public mutating func ingest(
        _ payload: Span<UInt8>, audioLevel: Int? = nil, trimStart: Int = 0, trimEnd: Int = 0
    ) {
        let expected = decoder.span[0].sampleCount(of: payload)
        for i in payloadFilters.indices where payloadFilters[i].judge(payload, audioLevel: audioLevel) == .silent {
            guard let expected else { break }
            statistics.packetsSkipped += 1
            let gap = gapOwed
            gapOwed = 0
            oweSilence(gap + max(expected - local(trimStart) - local(trimEnd), 0))
            return
        }
        settleGap(before: payload)
        settleSilence()
        if let decoded = Self.decode(payload, with: &decoder[0], into: &queue, room: longestPacket) {
            statistics.packetsDecoded += 1
            append(decoded, trimStart: local(trimStart), trimEnd: local(trimEnd))
        } else {
            statistics.packetsCorrupt += 1
            guard let missing = expected else { return }
            oweGap(missing)
        }
    }

    /// Says that packets are missing before the next one.
    /// - Parameter samples: how much, in samples per channel at 48 kHz.
    public mutating func ingestGap(_ samples: Int) { oweGap(local(samples)) }

    /// Takes PCM of the lane's format: at most a frame at a time, interleaved. Only while `wantsInput`: traps else.
    public mutating func ingest(pcm samples: Span<Float>) {
        let count = samples.count / format.channels
        settleSilence()
        queue.write(samples)
        append(count, trimStart: 0, trimEnd: 0)
    }

    /// Says that the sender is silent for a while (before its start, say), in samples per channel of the lane's rate.
    public mutating func ingestSilence(_ samples: Int) {
        settleGap(before: nil)
        oweSilence(samples)
    }

    /// Makes the decoder forget the past: the next packet begins a new stream (a chained Ogg file's next link).
    public mutating func restartDecoder() {
        for i in payloadFilters.indices { payloadFilters[i].reset() }
        for i in decoder.indices { decoder[i].reset() }
    }

    /// Says that nothing comes any more: what is held is faded out at its end.
    public mutating func end() {
        guard !hasEnded else { return }
        settleGap(before: nil)
        hasEnded = true
        if silenceOwed == 0 { fadeOut(lookahead) }
    }

    /// Fills one frame and runs the frame filters over it. The frame's old content is lost.
    public mutating func pull(into frame: inout PCMFrame) -> Outcome {
        frame.silence()
        let read = queue.read(into: &frame)
        let missing = format.samplesPerFrame - read
        if queue.count == 0 { silenceOwed -= min(silenceOwed, missing) }
        if read > 0 && missing > 0 { zero(&frame, from: read) }
        let isDrained = hasEnded && read == 0 && silenceOwed == 0
        if isDrained && flushed >= latency { return .finished }
        if isDrained { flushed += format.samplesPerFrame }
        for i in frameFilters.indices { frameFilters[i].process(&frame) }
        return .frame
    }

    // MARK: - Seams

    private func local(_ samplesAt48kHz: Int) -> Int { samplesAt48kHz * format.sampleRate / 48_000 }

    private mutating func append(_ written: Int, trimStart: Int, trimEnd: Int) {
        let before = queue.count
        queue.append(written, droppingFirst: trimStart, last: trimEnd)
        let kept = queue.count - before
        guard kept > 0 else { return }
        length += kept
        if sourceGain != 1 { fade(newest: kept, by: .init(from: sourceGain, to: sourceGain, length: 0)) }
        if fadedIn < fadeInLength { fadeIn(kept) }
    }

    /// A fade-in may go on over several short packets.
    private mutating func fadeIn(_ kept: Int) {
        let count = min(fadeInLength - fadedIn, kept)
        let start = Float(fadedIn) / Float(fadeInLength)
        fadedIn += count
        let end = Float(fadedIn) / Float(fadeInLength)
        let channels = format.channels
        var samples = queue.newest(kept)
        let ramp = SampleKernels.Ramp(from: start, to: end, length: count)
        SampleKernels.apply(ramp, to: &samples, channels: channels)
    }

    private mutating func startFadeIn(_ length: Int) {
        guard fadedIn >= fadeInLength || length > fadeInLength else { return }
        (fadeInLength, fadedIn) = (length, 0)
    }

    private mutating func oweSilence(_ samples: Int) {
        guard samples > 0 else { return }
        if silenceOwed == 0 && queue.count > 0 { fadeOut(format.samples(in: Self.seamFade)) }
        silenceOwed += samples
        length += samples
        startFadeIn(format.samples(in: Self.seamFade))
    }

    /// Turns owed silence into samples, because samples follow. It is less than a frame and the look-ahead.
    private mutating func settleSilence() {
        guard silenceOwed > 0 else { return }
        queue.appendSilence(min(silenceOwed, queue.room))
        silenceOwed = 0
    }

    /// A short gap waits for the packet after it, which may carry redundancy; a long one is settled at once.
    private mutating func oweGap(_ samples: Int) {
        gapOwed += samples
        if gapOwed > format.samples(in: Self.longestConcealment) { settleGap(before: nil) }
    }

    /// Fills a gap: concealment for its first part, silence for the rest of it.
    private mutating func settleGap(before next: Span<UInt8>?) {
        guard gapOwed > 0 else { return }
        settleSilence()
        let gap = gapOwed
        gapOwed = 0
        guard !decoder.isEmpty else { return oweSilence(gap) }
        let longest = min(format.samples(in: Self.longestConcealment), queue.room - longestPacket)
        let concealed = min(gap, longest)
        Self.conceal(concealed, before: next, with: &decoder[0], into: &queue)
        statistics.samplesConcealed += concealed
        append(concealed, trimStart: 0, trimEnd: 0)
        guard gap > concealed else { return }
        statistics.samplesMissing += gap - concealed
        fadeOut(lookahead)
        silenceOwed += gap - concealed
        length += gap - concealed
        startFadeIn(lookahead)
    }

    // A span of one stored property holds all of `self`, so these two take the properties apart.

    private static func decode(
        _ payload: Span<UInt8>, with decoder: inout any PayloadDecoder & ~Copyable, into queue: inout SampleQueue,
        room: Int
    ) -> Int? {
        var tail = queue.tail(room)
        return decoder.decode(payload, into: &tail)
    }

    private static func conceal(
        _ count: Int, before next: Span<UInt8>?, with decoder: inout any PayloadDecoder & ~Copyable,
        into queue: inout SampleQueue
    ) {
        var tail = queue.tail(count)
        _ = decoder.conceal(count, before: next, distance: count, into: &tail)
    }

    private mutating func fadeOut(_ length: Int) {
        let count = min(length, queue.count)
        if count > 0 { fade(newest: count, by: .init(from: 1, to: 0, length: count)) }
    }

    private mutating func fade(newest count: Int, by ramp: SampleKernels.Ramp) {
        let channels = format.channels
        var samples = queue.newest(count)
        SampleKernels.apply(ramp, to: &samples, channels: channels)
    }

    private func zero(_ frame: inout PCMFrame, from sample: Int) {
        let start = sample * format.channels
        var samples = frame.mutableSamples
        for i in start..<samples.count { samples[i] = 0 }
    }
}
