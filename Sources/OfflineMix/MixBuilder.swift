import AudioFile
import BasicContainers
import CaptureStreams
import MediaCore
import PipelineSpec
import VoiceRoom

/// Opens everything that a request names, in an order that finds mistakes before anything is written.
struct MixBuilder {
    private let request: MixRequest
    private let format: AudioFormat

    init(_ request: MixRequest) {
        self.request = request
        format = request.plan.format
    }

    /// Refuses a request that contradicts itself.
    func validate() throws(MixError) {
        guard !request.inputs.isEmpty else {
            throw MixError(.noInput, "no input: name at least one audio file or folder")
        }
        guard request.inputs.count <= MixRequest.maximumInputs else {
            let advice = request.inputs.contains { $0.stream != nil } ? "; choose streams with --stream" : ""
            throw MixError(
                .request, "\(request.inputs.count) inputs; one mix takes at most \(MixRequest.maximumInputs)\(advice)")
        }
        var seen: [String: String] = [:]
        for input in request.inputs {
            if let other = seen.updateValue(input.path, forKey: input.name) {
                throw MixError(
                    .request,
                    "'\(other)' and '\(input.path)' are both called '\(input.name)'; "
                        + "name one of them: OTHER-NAME=\(input.path)")
            }
        }
        if let minus = request.minus, seen[minus] == nil {
            throw MixError(.request, "--minus '\(minus)': no participant is called so; there are \(names)")
        }
        try validateTimes()
        if format.channels == 1, let panned = request.inputs.first(where: { $0.pan != 0 }) {
            throw MixError(
                .request,
                "--pan \(panned.name): pipeline '\(request.plan.name)' is mono; "
                    + "use a stereo one, such as -p podcast")
        }
    }

    /// Captures, each read once for all of its streams.
    private(set) var captures: [CaptureDemux] = []

    /// Opens the inputs, each as a track at its place in the mix's time.
    /// - Returns: the tracks, and the length expected of the mix in seconds, if every input knows its own.
    mutating func openTracks() throws -> (seats: [TrackSeat], duration: Double?) {
        var seats: [TrackSeat] = []
        var duration: Double? = 0
        for input in request.inputs {
            let opened = try open(input)
            seats.append(opened.seat)
            if let known = duration, let end = opened.end { duration = max(known, end) } else { duration = nil }
        }
        if let known = duration, known <= 0 {
            let from = request.from.seconds
            throw MixError(.request, "--from \(from.formatted) s is beyond the end of every input")
        }
        return (seats, duration)
    }

    /// Builds the room and opens the output.
    func makeBus() throws -> MixBus {
        var room = try Room(plan: request.plan, capacity: request.inputs.count, maximumClasses: 1)
        for (place, input) in request.inputs.enumerated() {
            room.voices.voices[place].gain = input.gain.amplitude
            room.voices.voices[place].pan = input.pan
        }
        var excluded = ExclusionSet()
        if let place = request.inputs.firstIndex(where: { $0.name == request.minus }) { excluded.insert(place) }
        _ = try room.addClass(excluding: excluded)
        let latency = request.plan.latency(of: .participant) + request.plan.latency(of: .room)
        let sink = try makeSink(request.output, plan: request.plan, latency: latency)
        let sources = request.inputs.enumerated().map { $1.stream?.key.ssrc ?? UInt32($0 + 1) }
        return try MixBus(room: room, sink: sink, sources: sources, measures: request.measures)
    }

    /// Opens the stems.
    func addStems(to seats: [TrackSeat]) throws {
        let latency = request.plan.latency(of: .participant)
        for (seat, target) in zip(seats, request.stems) {
            seat.track.addStem(try makeSink(target, plan: request.plan, latency: latency))
        }
    }

    // MARK: - Times

    private var names: String { request.inputs.map { "'\($0.name)'" }.joined(separator: ", ") }

    private func validateTimes() throws(MixError) {
        let limit = MixRequest.maximumDuration
        if request.from < .zero { throw MixError(.request, "--from must not be negative") }
        if let to = request.to, to <= request.from {
            throw MixError(
                .request,
                "--to \(to.seconds.formatted) s is not after --from \(request.from.seconds.formatted) s")
        }
        for input in request.inputs {
            if input.offset > limit || input.offset < .zero - limit {
                throw MixError(.request, "--offset \(input.name): at most 24 h either way")
            }
            if let to = request.to, input.offset >= to {
                throw MixError(
                    .request,
                    "--offset \(input.name)=\(input.offset.seconds.formatted)s starts beyond --to "
                        + "\(to.seconds.formatted) s: it would not be heard")
            }
        }
    }

    /// Where a recording lies in the mix's time, in samples per channel of `sampleRate`.
    private func place(_ input: MixInput, sampleRate: Int) -> (start: Int, window: FeedWindow) {
        func samples(_ duration: Duration) -> Int { Int((duration.seconds * Double(sampleRate)).rounded()) }
        let position = samples(input.offset) - samples(request.from)
        var window = FeedWindow(skipped: max(-position, 0))
        if let to = request.to { window.wanted = max(samples(to) - samples(request.from) - max(position, 0), 0) }
        return (max(position, 0), window)
    }

    private mutating func open(_ input: MixInput) throws -> (seat: TrackSeat, end: Double?) {
        if let stream = input.stream { return try open(input, stream) }
        let known: Double?
        let start = place(input, sampleRate: format.sampleRate).start
        let seat: TrackSeat
        switch try AudioInput.open(path: input.path, format: format) {
        case .opus(let reader):
            known = reader.duration.map { Double($0) / 48_000 }
            try refuseIfSkipped(input, duration: known)
            var lane = try ParticipantLane(plan: request.plan, entry: .opus)
            let window = place(input, sampleRate: 48_000).window
            let feed = OpusFeed(reader, window, lane: &lane)
            seat = try makeSeat(input, feed, lane, start)
        case .pcm(let reader):
            known = reader.duration.map { Double($0) / Double(format.sampleRate) }
            try refuseIfSkipped(input, duration: known)
            let lane = try ParticipantLane(plan: request.plan, entry: .pcm)
            let window = place(input, sampleRate: format.sampleRate).window
            let feed = try PCMFeed(reader, window, format: format)
            seat = try makeSeat(input, feed, lane, start)
        }
        let end = known.map { $0 + input.offset.seconds - request.from.seconds }
        let latest = request.to.map { $0.seconds - request.from.seconds }
        return (seat, end.map { min($0, latest ?? $0) })
    }

    private func makeSeat(
        _ input: MixInput, _ feed: consuming any Feed & ~Copyable, _ lane: consuming ParticipantLane, _ start: Int
    ) throws -> TrackSeat {
        let source = FileSource(feed: feed, lane: lane, start: start)
        let track = try Track(
            input: input, source: source, format: format, start: start, measures: request.measures)
        return TrackSeat(track, format: format, jobs: request.jobs)
    }

    /// A stream of a capture starts with the tick in which its capture does, and is silent until its first packet.
    private mutating func open(
        _ input: MixInput, _ stream: CapturedStream
    ) throws -> (seat: TrackSeat, end: Double?) {
        let entry = stream.secret.map { PacketLane.Entry.srtp($0) } ?? .rtp
        var lane = try PacketLane(plan: request.plan, entry: entry)
        lane.payloadTypes = stream.payloadTypes
        let position = (input.offset - request.from).nanoseconds
        let lastArrival = stream.lastTime - stream.captureStart + position
        if request.to == nil, Double(lastArrival) * 1e-9 > MixRequest.maximumDuration.seconds {
            throw MixError(
                .request,
                "'\(input.path)': '\(input.name)' ends \(Int(Double(lastArrival) * 1e-9 / 3600)) h after the mix begins; "
                    + "a mix takes at most 24 h: choose a part with --from and --to")
        }
        let limit = request.to.map { Int((($0 - request.from).seconds * Double(format.sampleRate)).rounded()) }
        let inbox = PacketInbox()
        demux(input.path, try captures.first { $0.path == input.path } ?? CaptureDemux(path: input.path))
            .add(stream.key, shift: position - stream.captureStart, inbox: inbox)
        let source = CaptureSource(
            inbox, lane: lane, path: input.path, lastArrival: lastArrival, limit: limit ?? .max,
            latency: request.plan.latency(of: .participant))
        let track = try Track(input: input, source: source, format: format, start: 0, measures: request.measures)
        let end = max(Double(lastArrival) * 1e-9, 0)
        return (TrackSeat(track, format: format, jobs: request.jobs), end)
    }

    private mutating func demux(_ path: String, _ demux: CaptureDemux) -> CaptureDemux {
        if !captures.contains(where: { $0 === demux }) { captures.append(demux) }
        return demux
    }

    private func refuseIfSkipped(_ input: MixInput, duration: Double?) throws(MixError) {
        guard let duration, input.offset.seconds + duration <= 0, input.offset < .zero else { return }
        throw MixError(
            .request,
            "--offset \(input.name)=\(input.offset.seconds.formatted)s is beyond its end: "
                + "'\(input.path)' lasts \(duration.formatted) s")
    }
}

extension Double {
    /// With at most three decimals and no zeros behind, for error texts.
    var formatted: String {
        let thousandths = (self * 1000).rounded()
        guard thousandths.magnitude < 1e15 else { return "\(self)" }
        let whole = Int(thousandths.magnitude) / 1000
        let rest = Int(thousandths.magnitude) % 1000
        let sign = thousandths < 0 ? "-" : ""
        guard rest > 0 else { return "\(sign)\(whole)" }
        var digits = String(rest + 1000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }
}
