import BasicContainers
package import MediaCore
package import PipelineSpec
import RTPWire
package import SecureRTP
import VoiceRoom

/// What a client hears: opens packets, and plays every source through a jitter buffer of its own. A server that mixes
/// sends one source; one that forwards sends many.
package struct PacketReceiver: ~Copyable {
    /// Sources that are heard at once; packets of more are counted and dropped.
    package static let maximumSources = 16

    /// What came in.
    package struct Counters: Sendable, Hashable {
        package var packets = 0
        package var bytes = 0
        /// RTCP.
        package var control = 0
        /// No RTP, or too long.
        package var malformed = 0
        /// Not of the key, or seen before.
        package var refused = 0
        /// Of more sources than are heard.
        package var crowded = 0
        /// The longest time between two packets that follow each other, while sound came without pause.
        package var longestGap: Int64 = 0
    }

    private struct Source: ~Copyable {
        let ssrc: UInt32
        var lane: PacketLane
        var reception = ReceptionStatistics()
        var last: (number: UInt16, at: Int64)
    }

    package private(set) var counters = Counters()
    private let plan: PipelinePlan
    private var cipher: MediaCipher
    private var sources: RigidArray<Source>
    private var scratch: [UInt8]
    private var frame: PCMFrame

    /// - Parameter plan: its participant scope is what plays.
    package init(plan: PipelinePlan, key: KeyMaterial?) throws(SecureRTPError) {
        cipher = try MediaCipher(key, isSealing: false)
        self.plan = plan
        sources = RigidArray(capacity: Self.maximumSources)
        scratch = [UInt8](repeating: 0, count: PacketLane.maximumDatagramBytes)
        frame = PCMFrame(format: plan.format)
    }

    package mutating func receive(_ datagram: Span<UInt8>, at now: Int64) throws {
        guard datagram.count >= RTPHeader.minimumBytes, datagram.count <= scratch.count, datagram[0] >> 6 == 2 else {
            counters.malformed += 1
            return
        }
        guard RTPHeader.isPlausible(datagram) else {
            counters.control += 1
            return
        }
        guard let length = Self.open(datagram, &cipher, &scratch),
            let header = try? RTPHeader(parsing: scratch.span.extracting(first: length))
        else {
            counters.refused += 1
            return
        }
        counters.packets += 1
        counters.bytes += datagram.count
        guard let index = try place(header, now) else {
            counters.crowded += 1
            return
        }
        let gap = Self.note(header, now, &sources[index])
        counters.longestGap = max(counters.longestGap, gap)
        Self.give(scratch, length, now, to: &sources[index])
    }

    /// Fills a frame with what is heard from `now` on.
    package mutating func pull(into mix: inout PCMFrame, at now: Int64) {
        mix.silence()
        for index in sources.indices { Self.add(&sources[index], now, &frame, into: &mix) }
    }

    /// SSRCs that were heard.
    package var ssrcs: [UInt32] { (0..<sources.count).map { sources[$0].ssrc } }

    /// Of all sources together.
    package var playout: PlayoutStatistics {
        var sum = PlayoutStatistics()
        for i in 0..<sources.count {
            let one = sources[i].lane.playout
            sum.received += one.received
            sum.played += one.played
            sum.lost += one.lost
            sum.late += one.late
            sum.duplicates += one.duplicates
            sum.reordered += one.reordered
            sum.samplesConcealed += one.samplesConcealed
            sum.delaySum += one.delaySum
            sum.longestDelay = max(sum.longestDelay, one.longestDelay)
        }
        return sum
    }

    /// RFC 3550 A.8, of the source with the most, in seconds.
    package var jitter: Double {
        (0..<sources.count).map { sources[$0].reception.meanJitter / 48_000 }.max() ?? 0
    }

    /// By sequence numbers.
    package var lost: Int { (0..<sources.count).reduce(0) { $0 + max(sources[$1].reception.lost, 0) } }

    // MARK: - Parts of `self`, taken apart

    private static func open(_ datagram: Span<UInt8>, _ cipher: inout MediaCipher, _ scratch: inout [UInt8]) -> Int? {
        var span = scratch.mutableSpan
        span.copy(datagram)
        return cipher.process(&span, length: datagram.count)
    }

    private mutating func place(_ header: RTPHeader, _ now: Int64) throws -> Int? {
        for i in 0..<sources.count where sources[i].ssrc == header.ssrc { return i }
        guard !sources.isFull else { return nil }
        let lane = try PacketLane(plan: plan, entry: .rtp)
        sources.append(Source(ssrc: header.ssrc, lane: lane, last: (header.sequenceNumber &- 1, now)))
        return sources.count - 1
    }

    /// - Returns: how long nothing came before the packet; 0 if there was a pause.
    private static func note(_ header: RTPHeader, _ now: Int64, _ source: inout Source) -> Int64 {
        source.reception.add(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp,
            arrival: Double(now) * 48_000 / 1_000_000_000)
        let distance = source.last.number.distance(toSequenceNumber: header.sequenceNumber)
        guard distance > 0 else { return 0 }
        let gap = header.marker ? 0 : now - source.last.at
        source.last = (header.sequenceNumber, now)
        return gap
    }

    private static func give(_ bytes: [UInt8], _ length: Int, _ now: Int64, to source: inout Source) {
        source.lane.ingest(bytes.span.extracting(first: length), at: now)
    }

    private static func add(_ source: inout Source, _ now: Int64, _ frame: inout PCMFrame, into mix: inout PCMFrame) {
        source.lane.pull(into: &frame, at: now)
        guard !frame.isSilent else { return }
        guard !mix.isSilent else { return mix.copy(from: frame) }
        var sum = mix.mutableSamples
        let samples = frame.samples
        for i in samples.indices { sum[i] += samples[i] }
    }
}
