import BasicContainers
package import MediaCore
import PacketCapture
package import PipelineSpec

/// Drives a shard by what a fuzzer thinks of: people who come, go, mute and are muted, datagrams whole or made up, time.
/// Holds what comes against what a shard promises.
package struct ShardExercise: ~Copyable {
    /// Small and quick: what is looked for is not in the codec.
    package static let pipeline = """
        pipeline: fuzz
        version: 1
        format: { rate: 8 kHz, channels: mono, frame: 20 ms }
        participant: [srtp.unprotect, jitter.adaptive, silence.skip, opus.decode, silence.gate]
        room: [select.loudest: { count: 2 }, mix, limit]
        listener: [opus.encode: { mode: low-delay, complexity: 0 }, rtp.packetize, srtp.protect]
        """

    private static let members: UInt64 = 6
    private static let room = RoomID(guild: 1, channel: 1)

    private var shard = Shard()
    private var sink = CheckingSink()
    private var now: Int64 = 0
    private var sequenceNumber: UInt16 = 0
    private var input: ArraySlice<UInt8>
    private let plan: PipelinePlan

    package static func run(_ bytes: [UInt8], plan: PipelinePlan, keys: [KeyMaterial]) {
        var exercise = ShardExercise(bytes, plan)
        exercise.shard.apply(.open(room, plan: plan, places: 3), at: 0, into: &exercise.sink)
        while exercise.step(keys) {}
        exercise.finish()
    }

    private init(_ bytes: [UInt8], _ plan: PipelinePlan) {
        input = bytes[...]
        self.plan = plan
    }

    private mutating func next() -> UInt8? { input.popFirst() }

    private mutating func take(_ count: Int) -> [UInt8] {
        defer { input = input.dropFirst(count) }
        return Array(input.prefix(count))
    }

    private static func address(_ member: UInt64) -> Endpoint { Endpoint(ipv4: 0x0A00_0000 + UInt32(member), port: 9) }

    private mutating func step(_ keys: [KeyMaterial]) -> Bool {
        guard let command = next(), let argument = next() else { return false }
        let member = UInt64(argument) % Self.members + 1
        let id = MemberID(member)
        now += Int64(argument >> 4) * 1_500_000
        shard.advance(to: now, into: &sink)
        switch command % 12 {
        case 0: join(id, isGateway: argument & 0x10 != 0)
        case 1:
            let key = keys.isEmpty || argument & 0x20 != 0 ? nil : keys[Int(member) % keys.count]
            let session = MediaSession(inbound: key, outbound: key, destination: Self.address(member))
            shard.apply(.secure(id, session), at: now, into: &sink)
        case 2: shard.apply(.leave(id), at: now, into: &sink)
        case 3: shard.apply(.set(id, VoiceFlags(rawValue: next() ?? 0)), at: now, into: &sink)
        case 4:
            let other = MemberID(UInt64(next() ?? 0) % Self.members + 1)
            shard.apply(.mute(id, hears: other, isMuted: argument & 0x10 != 0), at: now, into: &sink)
        case 5: receive(take(Int(next() ?? 0)), from: member)
        case 6:
            var request = [UInt8](repeating: 0, count: IPDiscovery.bytes)
            var span = request.mutableSpan
            IPDiscovery.writeRequest(ssrc: UInt32(member), into: &span)
            receive(request, from: member)
        case 7:
            shard.apply(argument & 1 == 0 ? .close(Self.room) : .report(token: 1), at: now, into: &sink)
            shard.apply(.open(Self.room, plan: plan, places: 3), at: now, into: &sink)
        case 8: _ = shard.maintain()
        default: receive(speech(from: member), from: member)
        }
        while shard.nextEvent() != nil {}
        return true
    }

    private mutating func join(_ id: MemberID, isGateway: Bool) {
        let kind = isGateway ? MemberProfile.Kind.gateway : .plain(source: Self.address(id.number), ssrc: nil)
        let stream = StreamIdentity(ssrc: UInt32(100 + id.number))
        shard.apply(
            .join(Self.room, id, MemberProfile(kind: kind, ssrc: UInt32(id.number), stream: stream)), at: now,
            into: &sink)
    }

    /// A packet that may well be heard.
    private mutating func speech(from member: UInt64) -> [UInt8] {
        sequenceNumber &+= 1
        let timestamp = UInt32(sequenceNumber) &* 960
        return [
            0x80, 120, UInt8(sequenceNumber >> 8), UInt8(sequenceNumber & 0xFF), UInt8(timestamp >> 24),
            UInt8(timestamp >> 16 & 0xFF), UInt8(timestamp >> 8 & 0xFF), UInt8(timestamp & 0xFF), 0, 0, 0,
            UInt8(member),
            0xF8,
        ] + take(24)
    }

    private mutating func receive(_ datagram: [UInt8], from member: UInt64) {
        var bytes = datagram
        var span = bytes.mutableSpan
        shard.receive(&span, from: Self.address(member), at: now, into: &sink)
    }

    private mutating func finish() {
        for member in 1...Self.members { shard.apply(.leave(MemberID(member)), at: now, into: &sink) }
        shard.advance(to: now + 2_000_000_000, into: &sink)
        let end = shard.statistics
        precondition(end.members == 0 && end.voices == 0 && end.classes == 0, "everything is given back")
        precondition(shard.nextDeadline == nil, "an empty room is silent")
        precondition(end.received == end.outcomes, "every datagram has one outcome")
        precondition(end.sent == sink.count, "what is sent is counted")
    }

    /// Nothing is sent to whom the shard does not know, and nothing that no datagram can hold.
    private struct CheckingSink: ~Copyable, DatagramSink {
        var count = 0

        mutating func send(_ datagrams: borrowing OutgoingDatagrams) {
            for i in 0..<datagrams.count {
                let port = datagrams.entries.span[i].destination.port
                // RTCP goes to the next port.
                precondition((9...10).contains(port), "a datagram to a stranger")
                precondition(!datagrams.datagram(i).isEmpty, "an empty datagram")
            }
            count += datagrams.count
        }
    }
}

extension ShardStatistics {
    /// Datagrams whose outcome is counted.
    package var outcomes: Int {
        accepted + silent + muted + withoutPlace + unannounced + control + discoveries + keepAlives + unknown
            + unsecured
            + malformed + unauthenticated + replayed + misplaced
    }
}
