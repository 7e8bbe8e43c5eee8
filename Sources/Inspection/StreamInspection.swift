public import CaptureStreams
public import MediaCore
public import RTPWire
public import VoiceRoom

/// What a stream's packets hold, by their Opus headers.
public struct OpusInventory: Sendable, Hashable {
    public var packets = 0
    public var bytes = 0
    public var modes: [OpusLayout.Mode: Int] = [:]
    public var bandwidths: [OpusLayout.Bandwidth: Int] = [:]
    /// Packets by what they hold, in samples per channel at 48 kHz.
    public var durations: [Int: Int] = [:]
    public var stereo = 0
    /// Packets that say themselves that they are silent (DTX).
    public var silent = 0
    /// Packets with in-band FEC.
    public var redundant = 0
    public var malformed = 0
    /// Samples at 48 kHz in all.
    public var samples = 0

    public init() {}

    public mutating func add(_ payload: Span<UInt8>) {
        guard let layout = OpusLayout(payload) else {
            malformed += 1
            return
        }
        packets += 1
        bytes += payload.count
        modes[layout.mode, default: 0] += 1
        bandwidths[layout.bandwidth, default: 0] += 1
        durations[layout.samples, default: 0] += 1
        stereo += layout.isStereo ? 1 : 0
        silent += layout.isSilent ? 1 : 0
        redundant += layout.carriesRedundancy(payload) ? 1 : 0
        samples += layout.samples
    }

    /// Of what was sent while something was sent, in bit/s.
    public var bitrate: Double { samples > 0 ? Double(bytes) * 8 * 48_000 / Double(samples) : 0 }
}

/// One RTP stream of a capture, taken apart: what was sent, what the network did, and what a listener would have heard.
public struct StreamInspection: Sendable {
    public var stream: StreamSummary
    public var opus = OpusInventory()
    /// Of the sender's clock against the capture's, in parts per million; nil if the stream is too short to tell.
    public var drift: Double? { driftEstimate?.partsPerMillion }
    /// Standard error of `drift`.
    public var driftError: Double? { driftEstimate?.error }
    package var driftEstimate: DriftRegression.Estimate?
    public var talkSpurts = 0
    public var packets = PacketStatistics()
    public var playout = PlayoutStatistics()
    public var lane = LaneStatistics()
    /// Per tick of 20 ms, from the capture's first datagram on: how late the latest packet came, in seconds.
    public var arrivalDelay = Timeline(.highest)
    /// The buffer's target, in seconds.
    public var target = Timeline(.highest)
    /// Lost packets by what was done about each.
    public var recoveredFromCopy = Timeline(.sum)
    public var recoveredFromFEC = Timeline(.sum)
    public var concealed = Timeline(.sum)
    /// Highest sample.
    public var level = Timeline(.highest)

    public init(stream: StreamSummary) { self.stream = stream }

    public var duration: Double { Double(stream.lastTime - stream.firstTime) * 1e-9 }
    /// Of the datagrams' payload over the whole time, in bit/s.
    public var bitrate: Double { duration > 0 ? Double(stream.bytes) * 8 / duration : 0 }
}

/// A capture, taken apart.
public struct CaptureInspection: Sendable {
    public var path: String
    public var scan: CaptureScan
    public var streams: [StreamInspection]
    /// Seconds of one tick of the timelines.
    public static let tickSeconds = 0.02

    public var duration: Double {
        guard let first = scan.firstTime, let last = scan.lastTime else { return 0 }
        return Double(last - first) * 1e-9
    }
}
