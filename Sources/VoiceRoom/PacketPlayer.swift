import BasicContainers
import JitterBuffer
import MediaCore
import PipelineSpec

/// Does what a playout buffer asks for: decodes, fills in, changes the pace, and takes one frame per tick out of it.
struct PacketPlayer: ~Copyable {
    /// Fade where decoded sound borders on what was filled in.
    private static let seam = Duration.milliseconds(5)

    private var payloadFilters: RigidArray<any PayloadFilter & ~Copyable>
    private var decoder: any PayloadDecoder & ~Copyable
    private var stream: PlayoutStream
    private var noise = ComfortNoise()
    private var extrapolation: PitchExtrapolation
    /// Of what is filled in for one loss, so far, in samples per channel.
    private var filled = 0
    /// Gain of the sender's own sound at the end of the stream: 1, less while it fades out, 0 in a pause.
    private var gain: Float = 0
    private let format: AudioFormat
    private let fadeStart: Int
    private let fadeEnd: Int

    init(plan: PipelinePlan) throws {
        format = plan.format
        payloadFilters = RigidArray(capacity: plan.participant.count)
        var decoders = RigidArray<any PayloadDecoder & ~Copyable>(capacity: 1)
        for stage in plan.participant {
            switch stage.descriptor.builder {
            case .payloadFilter(let make): payloadFilters.append(try make(stage.arguments, plan.format))
            case .payloadDecoder(let make): decoders.append(try make(stage.arguments, plan.format))
            default: break
            }
        }
        precondition(decoders.count == 1, "a plan's participant scope has exactly one decoder")
        decoder = decoders.removeLast()
        stream = PlayoutStream(format: plan.format)
        extrapolation = PitchExtrapolation(format: plan.format)
        fadeStart = plan.format.samples(in: PacketLane.concealmentFade.lowerBound)
        fadeEnd = plan.format.samples(in: PacketLane.concealmentFade.upperBound)
    }

    /// As if new.
    mutating func reset() {
        for i in payloadFilters.indices { payloadFilters[i].reset() }
        decoder.reset()
        stream.removeAll()
        noise = ComfortNoise()
        extrapolation.end()
        filled = 0
        gain = 0
    }

    mutating func play(
        into frame: inout PCMFrame, at now: Int64, from buffer: inout any PlayoutBuffer & ~Copyable,
        _ statistics: inout LaneStatistics
    ) {
        let pace = buffer.pace(at: now, decoded: at48kHz(stream.available))
        adjust(pace.adjustment, at: now, &buffer, &statistics)
        let needed = stream.needed(drift: pace.drift)
        fill(needed, at: now, isRequired: true, &buffer, &statistics)
        if gain == 0 && noise.power == 0 && stream.isSilent(needed) {
            stream.skip(needed)
            frame.silence()
            return
        }
        frame.annotations = FrameAnnotations()
        stream.read(into: &frame, drift: pace.drift)
    }

    // MARK: - Pace

    private mutating func adjust(
        _ adjustment: PlayoutPace.Adjustment, at now: Int64, _ buffer: inout any PlayoutBuffer & ~Copyable,
        _ statistics: inout LaneStatistics
    ) {
        switch adjustment {
        case .none: return
        case .shorten(let most, let isUrgent):
            for _ in 0..<(isUrgent ? 2 : 1) {
                fill(
                    max(stream.stretchReach, format.samplesPerFrame), at: now, isRequired: false, &buffer, &statistics)
                let taken = stream.shorten(similarity: isUrgent ? 0.4 : 0.7, atMost: local(most))
                guard taken > 0 else { return }
                buffer.adjusted(by: at48kHz(taken))
            }
        case .lengthen:
            fill(format.samplesPerFrame, at: now, isRequired: false, &buffer, &statistics)
            let put = stream.lengthen(similarity: 0.6)
            if put > 0 { buffer.adjusted(by: -at48kHz(put)) }
        }
    }

    // MARK: - Filling

    /// Brings the stream to so many samples. What is not required is only decoded, never made up.
    private mutating func fill(
        _ count: Int, at now: Int64, isRequired: Bool, _ buffer: inout any PlayoutBuffer & ~Copyable,
        _ statistics: inout LaneStatistics
    ) {
        while stream.available < count {
            let decoded = at48kHz(stream.available)
            switch buffer.next(at: now, decoded: decoded, isRequired: isRequired) {
            case .decode(let packet, let isSpliced):
                decode(buffer.payload, packet, isSpliced: isSpliced, &statistics)
            case .restart:
                decoder.reset()
                extrapolation.end()
                for i in payloadFilters.indices { payloadFilters[i].reset() }
            case .conceal(let samples, let distance):
                conceal(samples, elapsed: filled, before: buffer.payload, distance: local(distance), &statistics)
            case .stall(let samples, let elapsed):
                conceal(samples, elapsed: local(elapsed), before: nil, distance: local(samples), &statistics)
            case .pause:
                pause(count - stream.available, buffer.fillsWithComfortNoise)
            case .nothing:
                return
            }
        }
    }

    private mutating func decode(
        _ payload: Span<UInt8>, _ packet: MediaPacket, isSpliced: Bool, _ statistics: inout LaneStatistics
    ) {
        filled = 0
        for i in payloadFilters.indices
        where payloadFilters[i].judge(payload, audioLevel: packet.audioLevel) == .silent {
            statistics.packetsSkipped += 1
            appendSilence(local(packet.samples))
            return
        }
        let written = Self.decode(payload, &decoder, &stream)
        guard written > 0 else {
            statistics.packetsCorrupt += 1
            let missing = local(packet.samples)
            return conceal(missing, elapsed: 0, before: nil, distance: missing, &statistics)
        }
        statistics.packetsDecoded += 1
        stream.append(written)
        Self.learn(newest: written, stream, &noise)
        comeBack(written, isSpliced: isSpliced)
    }

    /// Fades from what was filled in to the sender's sound.
    private mutating func comeBack(_ written: Int, isSpliced: Bool) {
        let start = isSpliced ? min(gain, 0.5) : gain
        gain = 1
        if extrapolation.isActive { extrapolation.fadeOut(newest: written, of: &stream) }
        guard start < 1 else { return }
        let seam = min(format.samples(in: Self.seam), written)
        let channels = format.channels
        var samples = stream.newest(written)
        SampleKernels.apply(.init(from: start, to: 1, length: seam), to: &samples, channels: channels)
    }

    private mutating func conceal(
        _ samples: Int, elapsed: Int, before next: Span<UInt8>?, distance: Int, _ statistics: inout LaneStatistics
    ) {
        let count = min(local(samples), decoder.maximumSamplesPerPacket)
        let how = Self.conceal(count, next, distance, &decoder, &stream)
        stream.append(count)
        statistics.samplesConcealed += count
        switch how {
        case .extrapolated, .predicted:
            if how == .extrapolated { carryOver(count, isStart: elapsed == 0) }
            filled = elapsed + count
            fade(count, from: elapsed)
        case .restored:
            filled = 0
            comeBack(count, isSpliced: false)
        }
    }

    /// Lets the voice go on over the gap that was just filled.
    private mutating func carryOver(_ count: Int, isStart: Bool) {
        if isStart { extrapolation.begin(stream, before: count) }
        if extrapolation.isActive { extrapolation.fill(newest: count, of: &stream) }
    }

    /// What is filled in fades between 60 and 120 ms; the background comes in its place.
    private mutating func fade(_ count: Int, from elapsed: Int) {
        func level(_ sample: Int) -> Float {
            Float(min(max(fadeEnd - sample, 0), fadeEnd - fadeStart)) / Float(fadeEnd - fadeStart)
        }
        let end = level(elapsed + count)
        let start = min(level(elapsed), gain)
        gain = end
        guard start < 1 || end < 1 else { return }
        Self.fade(newest: count, from: start, to: end, &stream, &noise)
    }

    private mutating func pause(_ count: Int, _ hasNoise: Bool) {
        let part = min(count, stream.room)
        extrapolation.end()
        appendZeros(part)
        filled = 0
        if hasNoise { Self.fade(newest: part, from: 0, to: 0, &stream, &noise) }
        gain = 0
    }

    private mutating func appendSilence(_ count: Int) {
        extrapolation.end()
        appendZeros(count)
        gain = 0
    }

    private mutating func appendZeros(_ count: Int) {
        var tail = stream.tail(count)
        for i in tail.indices { tail[i] = 0 }
        stream.append(count)
    }

    // MARK: - Units

    private func local(_ samplesAt48kHz: Int) -> Int { samplesAt48kHz * format.sampleRate / 48_000 }
    private func at48kHz(_ samples: Int) -> Int { samples * 48_000 / format.sampleRate }

    // A span of one stored property holds all of `self`, so these take the properties apart.

    private static func decode(
        _ payload: Span<UInt8>, _ decoder: inout any PayloadDecoder & ~Copyable, _ stream: inout PlayoutStream
    ) -> Int {
        var tail = stream.tail(stream.room)
        return decoder.decode(payload, into: &tail) ?? 0
    }

    private static func conceal(
        _ count: Int, _ next: Span<UInt8>?, _ distance: Int, _ decoder: inout any PayloadDecoder & ~Copyable,
        _ stream: inout PlayoutStream
    ) -> Concealment {
        var tail = stream.tail(count)
        return decoder.conceal(count, before: next, distance: distance, into: &tail)
    }

    private static func fade(
        newest count: Int, from start: Float, to end: Float, _ stream: inout PlayoutStream, _ noise: inout ComfortNoise
    ) {
        let channels = stream.format.channels
        var samples = stream.newest(count)
        SampleKernels.apply(.init(from: start, to: end, length: count), to: &samples, channels: channels)
        noise.add(to: &samples, channels: channels, from: 1 - start, to: 1 - end)
    }

    private static func learn(newest count: Int, _ stream: borrowing PlayoutStream, _ noise: inout ComfortNoise) {
        noise.learn(
            stream.newestSamples(count), channels: stream.format.channels, rate: stream.format.sampleRate)
    }
}
