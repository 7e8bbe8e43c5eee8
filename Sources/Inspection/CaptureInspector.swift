public import CaptureStreams
import FileAccess
import MediaCore
import PacketCapture
import PipelineSpec
import RTPWire
import StandardStages
import VoiceRoom

/// Takes a capture apart in two passes: the first finds the streams, the second plays each through a jitter buffer and a
/// decoder, as a listener would, and watches.
public enum CaptureInspector {
    /// Streams that are played; more are only listed.
    public static let maximumPlayedStreams = 256
    /// How much of a capture is played: a day.
    public static let maximumPlayed: Int64 = 24 * 3_600_000_000_000

    private static let pipeline = """
        pipeline: inspect
        version: 1
        format: { rate: 48 kHz, channels: mono, frame: 20 ms }
        participant: [srtp.unprotect, jitter.adaptive, opus.decode]
        room: [mix]
        listener: [opus.encode]
        """

    public static func inspect(path: String, keys: KeyRing = KeyRing()) throws -> CaptureInspection {
        var scan = try CaptureScan(path: path, keys: keys)
        let plan = try PipelineFile.load(text: pipeline, file: "inspect", registry: .standard)
        var watchers: [StreamKey: StreamWatcher] = [:]
        let start = scan.firstTime ?? 0
        for stream in scan.streams.prefix(maximumPlayedStreams) where stream.content == .opus {
            let secret = stream.isEncrypted ? keys[stream.key.ssrc] : nil
            var lane = try PacketLane(plan: plan, entry: secret.map { .srtp($0) } ?? .rtp)
            lane.payloadTypes = .init(opus: stream.opusPayloadType, redundancy: stream.redundancyPayloadType)
            watchers[stream.key] = StreamWatcher(stream, lane: lane, start: start)
        }
        let end = start + maximumPlayed
        try watch(path, keys, watchers, until: end)
        if let last = scan.lastTime, last > end {
            scan.warnings.append(FileWarning(file: path, seconds: nil, "only the first 24 h are played"))
        }
        let inspections = scan.streams.map { stream in
            watchers[stream.key]?.finish() ?? StreamInspection(stream: stream)
        }
        return CaptureInspection(path: path, scan: scan, streams: inspections)
    }

    private static func watch(
        _ path: String, _ keys: KeyRing, _ watchers: [StreamKey: StreamWatcher], until end: Int64
    ) throws(FileError) {
        var reader = try CaptureReader(path: path)
        var opener = PacketOpener(keys)
        while let datagram = try reader.next(), datagram.time <= end {
            guard !datagram.isCut, case .rtp(let key) = StreamFinder.kind(datagram, reader.payload),
                let watcher = watchers[key]
            else { continue }
            watcher.play(until: datagram.time)
            watcher.ingest(reader.payload, at: datagram.time)
            switch opener.open(key, reader.payload) {
            case .noKey: watcher.look(reader.payload, at: datagram.time)
            case .opened(let length): watcher.look(opener.opened(length).span, at: datagram.time)
            case .refused: break
            }
        }
    }
}

/// Plays one stream and keeps what there is to see.
final class StreamWatcher {
    private static let tick: Int64 = 20_000_000

    private var inspection: StreamInspection
    private var lane: PacketLane
    private var frame: PCMFrame
    private let start: Int64
    private var ticks: Int64 = 0
    private var drift = DriftRegression()
    private var transits = TransitTracker()
    private var latestInTick = 0.0
    private var before = PlayoutStatistics()
    private var talkSpurts = TalkSpurtCounter()

    init(_ stream: StreamSummary, lane: consuming PacketLane, start: Int64) {
        inspection = StreamInspection(stream: stream)
        frame = PCMFrame(format: lane.format)
        self.lane = lane
        self.start = start
    }

    /// Plays up to a moment of the capture.
    func play(until time: Int64) { while start + ticks * Self.tick < time { step() } }

    func ingest(_ bytes: Span<UInt8>, at time: Int64) { lane.ingest(bytes, at: time - start) }

    /// Looks at a packet that is open.
    func look(_ bytes: Span<UInt8>, at time: Int64) {
        guard let header = try? RTPHeader(parsing: bytes) else { return }
        let payload = bytes.extracting(header.payload)
        let isRedundant = header.payloadType == inspection.stream.redundancyPayloadType
        guard isRedundant || header.payloadType == inspection.stream.opusPayloadType else { return }
        let opus = isRedundant ? Self.primary(payload) : 0..<payload.count
        inspection.opus.add(payload.extracting(opus))
        let transit = transits.add(header.timestamp, at: time - start)
        drift.add(transit: transit, at: Double(time - start) * 1e-9)
        latestInTick = max(latestInTick, transits.delay)
        talkSpurts.add(header, samples: OpusLayout(payload.extracting(opus))?.samples ?? 960)
    }

    func finish() -> StreamInspection {
        var quiet = 0
        while !lane.isIdle, quiet < 250 {
            step()
            quiet += 1
        }
        inspection.packets = lane.packets
        inspection.playout = lane.playout
        inspection.lane = lane.statistics
        inspection.driftEstimate = drift.estimate
        inspection.talkSpurts = talkSpurts.count
        return inspection
    }

    private func step() {
        lane.pull(into: &frame, at: ticks * Self.tick)
        let playout = lane.playout
        let (copies, restored) = (
            playout.recoveredFromCopy - before.recoveredFromCopy, playout.recoveredFromFEC - before.recoveredFromFEC
        )
        inspection.recoveredFromCopy.add(Float(copies))
        inspection.recoveredFromFEC.add(Float(restored))
        inspection.concealed.add(Float(playout.lost - before.lost - copies - restored))
        inspection.arrivalDelay.add(Float(latestInTick))
        inspection.target.add(Float(lane.targetDelay.seconds))
        inspection.level.add(SampleKernels.peak(frame.samples))
        latestInTick = 0
        before = playout
        ticks += 1
    }

    private static func primary(_ payload: Span<UInt8>) -> Range<Int> {
        guard var cursor = REDPayload.Cursor(payload) else { return 0..<0 }
        while let block = cursor.next(in: payload) { if block.isPrimary { return block.data } }
        return 0..<0
    }
}
