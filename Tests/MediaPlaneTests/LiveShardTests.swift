import LiveRoom
import MediaCore
import MediaPlane
import PacketCapture
import PipelineSpec
import RTPWire
import ShippedPipelines
import StandardStages
import TestSenders
import Testing

/// The shard that ships, on its thread.
@Suite struct LiveShardTests {
    static let room = RoomID(guild: 1, channel: 2)

    static func start(_ wake: WakeEvent) throws -> ShardThread {
        let plan = try PipelineFile.load(
            text: try #require(ShippedPipelines.text(named: "guild-voice")), file: "guild-voice", registry: .standard)
        let thread = try ShardThread(
            index: 0, configuration: ShardThreadConfiguration(endpoint: .loopback()), wake: wake)
        #expect(thread.post(.open(room, plan: plan, places: 4)) == .posted)
        return thread
    }

    static func join(_ thread: ShardThread, _ number: Int, _ kind: MemberProfile.Kind) {
        let stream = StreamIdentity(ssrc: UInt32(500 + number))
        let profile = MemberProfile(kind: kind, ssrc: UInt32(number), stream: stream)
        #expect(thread.post(.join(room, MemberID(UInt64(number)), profile)) == .posted)
    }

    static func joinPlain(_ thread: ShardThread, _ number: Int, at endpoint: Endpoint) {
        join(thread, number, .plain(source: endpoint, ssrc: nil))
        let session = MediaSession(inbound: nil, outbound: nil, destination: endpoint)
        #expect(thread.post(.secure(MemberID(UInt64(number)), session)) == .posted)
    }

    @Test func `a client of the gateway is told its address`() throws {
        let thread = try Self.start(try WakeEvent())
        Self.join(thread, 7, .gateway)
        var request = [UInt8](repeating: 0, count: IPDiscovery.bytes)
        var span = request.mutableSpan
        IPDiscovery.writeRequest(ssrc: 7, into: &span)
        var peer = try Peer()
        peer.send(request, to: thread.endpoint)
        let answer = try #require(peer.receive(1).first)
        let told = IPDiscovery.answer(answer.bytes.span)
        #expect(told?.address == "127.0.0.1" && told?.port == peer.socket.localEndpoint.port && told?.ssrc == 7)
        thread.stop()
    }

    @Test func `who listens hears who talks, and the thread is idle again after`() throws {
        let wake = try WakeEvent()
        let thread = try Self.start(wake)
        var talker = try Peer()
        var listener = try Peer()
        Self.joinPlain(thread, 1, at: talker.socket.localEndpoint)
        Self.joinPlain(thread, 2, at: listener.socket.localEndpoint)
        // Once the commands have been carried out, packets are let in.
        #expect(thread.post(.report(token: 1)) == .posted)
        var reports: [ShardReport] = []
        #expect(
            try eventually(wake) {
                while let event = thread.outbox.takeEvent() {
                    if case .report(_, let report) = event { reports.append(report) }
                }
                return reports.count == 1
            })
        #expect(reports.first?.rooms.first?.members.count == 2)
        let sender = try RTPSender(frames: 50, ssrc: 1)
        var poller = try Poller()
        let start = PlaneClock.now
        for (i, packet) in sender.packets.enumerated() {
            poller.wait(until: start + Int64(i) * 20_000_000)
            talker.send(packet, to: thread.endpoint)
        }
        let heard = listener.receive(30)
        #expect(heard.count >= 30)
        let headers = heard.compactMap { try? RTPHeader(parsing: $0.bytes.span) }
        #expect(headers.count == heard.count && headers.allSatisfy { $0.ssrc == 502 })
        #expect(thread.post(.leave(MemberID(1))) == .posted)
        var isQuiet = false
        #expect(
            try eventually(wake) {
                while let health = thread.outbox.takeHealth() { isQuiet = health.statistics.awakeRooms == 0 }
                return isQuiet
            })
        thread.stop()
        // Nobody else talks, so nothing goes to who does.
        let own = talker.socket.receive(into: &talker.incoming)
        #expect(own == 0)
    }
}
