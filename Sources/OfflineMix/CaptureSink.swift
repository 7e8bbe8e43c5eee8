import FileAccess
import MediaCore
import PacketCapture
import PipelineSpec
import RTPWire
import VoiceRoom

/// A capture of the packets that a listener would get, at the times at which they would be sent.
struct CaptureSink: MixSink, ~Copyable {
    /// When the mix begins, in nanoseconds since 1970: the same in every run, so that the bytes are too.
    static let start: Int64 = 1_700_000_000 * 1_000_000_000
    private static let identity = StreamIdentity(
        ssrc: 0x5041_524C, firstSequenceNumber: 1, firstTimestamp: 960, canonicalName: "parley-mix")
    private static let addresses = (
        from: Endpoint(ipv4: 0x7F00_0001, port: 5004), to: Endpoint(ipv4: 0x7F00_0001, port: 5006)
    )
    /// RTCP goes to the next ports.
    private static let controlAddresses = (
        from: Endpoint(ipv4: 0x7F00_0001, port: 5005), to: Endpoint(ipv4: 0x7F00_0001, port: 5007)
    )
    /// Time between two reports (RFC 3550 §6.2).
    private static let reportInterval: Int64 = 5_000_000_000

    private var listener: ListenerLane
    private var transmit: TransmitLane
    private var writer: CaptureWriter
    private let format: AudioFormat
    private let latency: Int
    private var samples = 0
    private var nextReport: Int64 = 0
    private var silence: PCMFrame
    private var contributors: [UInt32] = []
    private var packetBytes: [UInt8]

    init(
        _ output: consuming OutputFile, _ capture: CaptureReader.Format, plan: PipelinePlan, latency: Int,
        key: KeyMaterial?
    ) throws {
        let listener = try ListenerLane(plan: plan)
        let transmit = try TransmitLane(
            plan: plan, identity: Self.identity, key: key, maximumPayloadBytes: listener.maximumPayloadBytes)
        let writer = try CaptureWriter(output, format: capture)
        format = plan.format
        self.latency = latency + plan.latency(of: .listener)
        self.listener = listener
        packetBytes = Array(repeating: 0, count: transmit.maximumPacketBytes)
        self.transmit = transmit
        self.writer = writer
        silence = PCMFrame(format: plan.format)
        contributors.reserveCapacity(RTPHeader.maximumContributingSources)
    }

    mutating func heard(_ contributors: Span<UInt32>) {
        self.contributors.removeAll(keepingCapacity: true)
        // A packet has no room for more.
        for i in 0..<min(contributors.count, RTPHeader.maximumContributingSources) {
            self.contributors.append(contributors[i])
        }
    }

    mutating func write(_ frame: borrowing PCMFrame) throws {
        listener.advance(frame)
        try send(level: Self.level(of: frame))
    }

    /// The last frames are still in the stages: they come out of as much silence.
    mutating func finish(samples total: Int) throws -> Int64 {
        while samples < total + latency {
            listener.advance(silence)
            try send(level: -127)
        }
        try report(time, isLast: true)
        return try writer.finish()
    }

    private var time: Int64 { Self.start + format.duration(ofSamples: samples).nanoseconds }

    private mutating func send(level: Int) throws {
        let time = time
        let frame = PacketizedFrame(
            samples: format.samplesPerFrame * 48_000 / format.sampleRate, level: level, isVoice: level > -60)
        let length = Self.transmit(listener, frame, contributors, &transmit, into: &packetBytes)
        if length > 0 {
            try Self.write(packetBytes, length, to: &writer, time: time, Self.addresses)
        }
        if time >= Self.start + nextReport {
            nextReport += Self.reportInterval
            try report(time)
        }
        samples += format.samplesPerFrame
    }

    /// Discord's modes have no SRTCP: their streams go without reports.
    private mutating func report(_ time: Int64, isLast: Bool = false) throws {
        let length = Self.report(time, isLast, &transmit, into: &packetBytes)
        guard length > 0 else { return }
        try Self.write(packetBytes, length, to: &writer, time: time, Self.controlAddresses)
    }

    private static func write(
        _ bytes: [UInt8], _ length: Int, to writer: inout CaptureWriter, time: Int64,
        _ addresses: (from: Endpoint, to: Endpoint)
    ) throws(FileError) {
        try writer.write(bytes.span.extracting(first: length), time: time, from: addresses.from, to: addresses.to)
    }

    private static func transmit(
        _ listener: borrowing ListenerLane, _ frame: PacketizedFrame, _ contributors: [UInt32],
        _ transmit: inout TransmitLane, into bytes: inout [UInt8]
    ) -> Int {
        var output = bytes.mutableSpan
        return transmit.transmit(listener.payload, frame, contributors: contributors.span, into: &output)
    }

    private static func report(
        _ time: Int64, _ isLast: Bool, _ transmit: inout TransmitLane, into bytes: inout [UInt8]
    ) -> Int {
        var output = bytes.mutableSpan
        return transmit.report(wallclock: time, isLast: isLast, into: &output)
    }

    /// In dBov, for the header extension (RFC 6464).
    private static func level(of frame: borrowing PCMFrame) -> Int {
        let power = SampleKernels.meanSquare(frame.samples)
        return power > 0 ? min(max(Int(Decibels(meanSquare: power).value.rounded()), -127), 0) : -127
    }
}
