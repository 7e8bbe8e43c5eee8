import BasicContainers
import MediaCore
import PacketCapture
import PipelineSpec
import VoiceRoom

/// One person or participant in a room, silent or not: keys, address, what they are allowed and what they hear.
///
/// It is small: what decodes, mixes and encodes belongs to the room, and is lent to those who speak.
struct Member: ~Copyable {
    /// Local mutes of one member.
    static let maximumMutes = 64
    /// A second of them: what announces media goes another way, by TCP, and is easily overtaken.
    static let maximumUnannouncedPackets = 50
    /// A member's address does not move again before this.
    static let leastStay: Int64 = 2_000_000_000

    let id: MemberID
    let profile: MemberProfile
    var flags: VoiceFlags
    /// Opens what comes; empty for plain RTP.
    private var inbound: RigidArray<any PacketFilter & ~Copyable>
    /// Makes what goes; empty until there are keys.
    private var outbound: RigidArray<TransmitLane>
    private(set) var isSecured = false

    /// Where the stream goes; nil until it is known.
    private(set) var destination: Endpoint?
    /// Where a client says it is, and where it asked from.
    private var claimed: Endpoint?
    private var multiplexesControl = false
    private var discovered = InlineArray<4, Endpoint?>(repeating: nil)
    private var discoveries = 0
    private var lastMove = Int64.min

    /// Among the room's voices; nil for whoever does not speak.
    var place: Int?
    /// The places that this member does not hear: their own, and those of whom they have muted.
    var excluded: UInt64 = 0
    /// Of those, and of those that are not excluded any more, what has been changed by choice since the last tick.
    var chosen: UInt64 = 0
    private(set) var mutes: [MemberID] = []
    /// The room's mix that they hear; nil for none.
    var unit: Int?
    /// The tick after the last one that their stream's timestamps have come to.
    private var nextTick: Int64 = .min
    /// Packets that came before the member had said that it would send.
    var unannouncedPackets = 0

    var packetsReceived = 0
    var packetsRefused = 0
    private(set) var packetsSent = 0
    /// Of those, how many had been sent at the last report.
    private var packetsReported = 0
    /// The tick of the last report.
    private(set) var lastReport = Int64.min / 2

    init(_ id: MemberID, _ profile: MemberProfile) {
        self.id = id
        self.profile = profile
        flags = profile.flags
        inbound = RigidArray(capacity: 1)
        outbound = RigidArray(capacity: 1)
    }

    /// Whether a stream can be sent to the member, if there is anything to hear.
    var listens: Bool { !outbound.isEmpty && destination != nil && !flags.isDeaf }
    var mustAnnounce: Bool { profile.kind == .gateway }
    var listsContributors: Bool { profile.kind != .gateway }

    // MARK: - Keys and addresses

    /// Makes the ciphers of a session, in place of those there were.
    /// - Throws: what a stage throws that cannot be made; then everything is as before.
    mutating func secure(_ session: MediaSession, plan: PipelinePlan, maximumPayloadBytes: Int) throws {
        let made = try TransmitLane(
            plan: plan, identity: profile.stream, key: session.outbound, maximumPayloadBytes: maximumPayloadBytes)
        var opened = RigidArray<any PacketFilter & ~Copyable>(capacity: 1)
        if let key = session.inbound {
            for stage in plan.participant {
                guard case .unprotector(let make) = stage.descriptor.builder, opened.isEmpty else { continue }
                opened.append(try make(stage.arguments, key))
            }
            if opened.isEmpty { throw LaneError.noUnprotection(pipeline: plan.name) }
        }
        outbound.removeAll()
        outbound.append(made)
        inbound = opened
        isSecured = true
        nextTick = .min
        claimed = session.destination
        multiplexesControl = session.multiplexesControl
        if mustAnnounce { settleClaim() } else if let address = session.destination { destination = address }
    }

    /// A client has asked for its address from here.
    mutating func discover(from source: Endpoint) {
        guard !hasDiscovered(source) else { return settleClaim() }
        // Whoever knows the SSRC can ask, too: one of them does not make the client's own question forgotten.
        discovered[discoveries % 4] = source
        discoveries += 1
        settleClaim()
    }

    private func hasDiscovered(_ source: Endpoint) -> Bool {
        for i in discovered.indices where discovered[i] == source { return true }
        return false
    }

    /// An address that a client claims counts if it has been answered there: so no stream is sent to somebody who has
    /// not asked for it.
    private mutating func settleClaim() {
        guard destination == nil, let claimed, hasDiscovered(claimed) else { return }
        destination = claimed
    }

    /// An authentic packet has come from here.
    /// - Returns: whether the member is there now.
    mutating func locate(_ source: Endpoint, at now: Int64) -> Bool {
        if destination == source { return true }
        guard destination == nil || lastMove == .min || now - lastMove >= Self.leastStay else { return false }
        destination = source
        lastMove = now
        return true
    }

    /// Opens a datagram in place.
    mutating func open(_ bytes: inout MutableSpan<UInt8>) -> PacketVerdict {
        guard !inbound.isEmpty else { return .passed(bytes.count) }
        return inbound[0].process(&bytes, length: bytes.count)
    }

    // MARK: - Mutes

    /// - Returns: whether anything has changed.
    mutating func mute(_ other: MemberID, _ isMuted: Bool) -> Bool {
        if let index = mutes.firstIndex(of: other) {
            if !isMuted { mutes.remove(at: index) }
            return !isMuted
        }
        guard isMuted, mutes.count < Self.maximumMutes else { return false }
        mutes.append(other)
        return true
    }

    // MARK: - The stream

    /// Where RTCP goes; nil: the stream comes without.
    var controlDestination: Endpoint? {
        guard !mustAnnounce, !outbound.isEmpty, let destination else { return nil }
        if multiplexesControl { return destination }
        guard destination == claimed, destination.port < .max else { return nil }
        return Endpoint(high: destination.high, low: destination.low, port: destination.port + 1)
    }

    /// Whether the stream has gone on since the last report.
    var wantsReport: Bool { listens && packetsSent != packetsReported }

    /// The tick that a report tells of: of a stream that goes on the last one sent, as the packet of this one may be still to
    /// come; else this one, and what is between is a pause.
    func reportTick(_ tick: Int64) -> Int64 { unit != nil && nextTick != .min ? nextTick - 1 : tick }

    struct Report {
        var tick: Int64
        /// Of a tick, at 48 kHz.
        var samples: Int
        /// When the tick is, in nanoseconds since 1970.
        var wallclock: Int64
        var isLast: Bool
    }

    /// Makes a sender report, or the one that says goodbye.
    /// - Returns: its length; 0 if the stream's keys are of a kind that has no RTCP.
    mutating func report(_ report: Report, into bytes: inout MutableSpan<UInt8>) -> Int {
        // The timestamp has to be of the time that the report tells: a tick without a packet is a pause.
        if nextTick <= report.tick { _ = advance(Span(), to: report.tick, report.samples, Span(), &bytes) }
        lastReport = report.tick
        packetsReported = packetsSent
        return outbound[0].report(wallclock: report.wallclock, isLast: report.isLast, into: &bytes)
    }

    /// Bytes that must be there for one packet.
    var maximumPacketBytes: Int { outbound.isEmpty ? 0 : outbound.span[0].maximumPacketBytes }

    /// Makes the packet of one tick. Ticks without a packet count as silence.
    /// - Returns: its length.
    mutating func transmit(
        _ payload: Span<UInt8>, tick: Int64, samples: Int, contributors: Span<UInt32>,
        into bytes: inout MutableSpan<UInt8>
    ) -> Int {
        packetsSent += 1
        let listed = listsContributors ? contributors : contributors.extracting(first: 0)
        return advance(payload, to: tick, samples, listed, &bytes)
    }

    private mutating func advance(
        _ payload: Span<UInt8>, to tick: Int64, _ samples: Int, _ contributors: Span<UInt32>,
        _ bytes: inout MutableSpan<UInt8>
    ) -> Int {
        if nextTick != .min, nextTick < tick {
            // What is left out is a pause; of a long one only the rest within the 32 bits of a timestamp counts.
            let missed = Int((tick - nextTick) % (1 << 32)) * samples
            _ = outbound[0].transmit(
                Span(), PacketizedFrame(samples: missed & 0xFFFF_FFFF), contributors: contributors, into: &bytes)
        }
        nextTick = tick + 1
        return outbound[0].transmit(
            payload, PacketizedFrame(samples: samples), contributors: contributors, into: &bytes)
    }
}
