import BasicContainers
import Foundation
import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec
import RTPWire
import ShippedPipelines
import StandardStages

/// What went out, in order.
struct RecordingSink: ~Copyable, DatagramSink {
    struct Packet: Hashable {
        var destination: Endpoint
        var bytes: [UInt8]
    }

    var packets: [Packet] = []

    mutating func send(_ datagrams: borrowing OutgoingDatagrams) {
        for i in 0..<datagrams.count {
            let span = datagrams.datagram(i)
            packets.append(Packet(destination: datagrams.entries[i].destination, bytes: span.indices.map { span[$0] }))
        }
    }
}

/// A shard on virtual time, with one room and plain RTP members 1, 2, 3, … at addresses of their own.
final class TestShard {
    static let room = RoomID(guild: 1, channel: 2)
    static let frame: Int64 = 20_000_000

    var shard = Shard()
    var sink = RecordingSink()
    var now: Int64 = 1_000_000_000
    var events: [ShardEvent] = []

    init(_ plan: PipelinePlan? = nil, places: Int = 8) throws {
        apply(.open(Self.room, plan: try plan ?? Self.guildVoice(), places: places))
    }

    static func guildVoice() throws -> PipelinePlan {
        try PipelineFile.load(
            text: ShippedPipelines.text(named: "guild-voice") ?? "", file: "guild-voice", registry: .standard)
    }

    static func address(_ member: Int) -> Endpoint {
        Endpoint(ipv4: 0x7F00_0001, port: UInt16(10_000 + 2 * member))
    }

    /// Where RTCP goes.
    static func controlAddress(_ member: Int) -> Endpoint {
        Endpoint(ipv4: 0x7F00_0001, port: UInt16(10_001 + 2 * member))
    }

    func apply(_ command: ShardCommand) {
        shard.apply(command, at: now, into: &sink)
        takeEvents()
    }

    /// A plain RTP member who is heard and hears.
    func join(_ member: Int, _ flags: VoiceFlags = []) {
        let id = MemberID(UInt64(member))
        let stream = StreamIdentity(ssrc: UInt32(500 + member))
        apply(
            .join(
                Self.room, id,
                MemberProfile(
                    kind: .plain(source: Self.address(member), ssrc: nil), ssrc: UInt32(member), stream: stream,
                    flags: flags)))
        apply(.secure(id, MediaSession(inbound: nil, outbound: nil, destination: Self.address(member))))
    }

    func receive(_ datagram: [UInt8], from source: Endpoint) {
        var bytes = datagram
        var span = bytes.mutableSpan
        shard.receive(&span, from: source, at: now, into: &sink)
        takeEvents()
    }

    /// Lets frames of 20 ms pass, in each of which every talker sends a packet, one a little after the other.
    func run(_ frames: Int, talking talkers: [Talker] = []) {
        for _ in 0..<frames {
            let end = now + Self.frame
            for talker in talkers {
                advance(to: now + 700_000)
                if let packet = talker.next() { receive(packet, from: Self.address(talker.member)) }
            }
            advance(to: end)
        }
    }

    func advance(to time: Int64) {
        now = time
        shard.advance(to: now, into: &sink)
        takeEvents()
    }

    /// RTP packets that a member got, oldest first; they are taken out.
    func takePackets(of member: Int) -> [[UInt8]] {
        take(to: Self.address(member))
    }

    /// The same for RTCP.
    func takeReports(of member: Int) -> [[UInt8]] { take(to: Self.controlAddress(member)) }

    private func take(to address: Endpoint) -> [[UInt8]] {
        let taken = sink.packets.filter { $0.destination == address }.map(\.bytes)
        sink.packets.removeAll { $0.destination == address }
        return taken
    }

    private func takeEvents() { while let event = shard.nextEvent() { events.append(event) } }

    var speaking: [(member: UInt64, isSpeaking: Bool)] {
        events.compactMap { if case .speaking(_, let id, let speaks) = $0 { (id.number, speaks) } else { nil } }
    }
}
