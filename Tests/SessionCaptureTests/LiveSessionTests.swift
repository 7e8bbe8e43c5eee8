import BasicContainers
import Foundation
import LiveRoom
import MediaCore
import MediaPlane
import PacketCapture
import PipelineSpec
import SessionCapture
import ShippedPipelines
import StandardStages
import TestSenders
import Testing

/// A session on real sockets and in real time: what its members got is what the replay sends.
@Suite(.serialized) struct LiveSessionTests {
    typealias Session = SessionCaptureTests

    /// What a member's socket got so far.
    static func drain(_ socket: inout DatagramSocket, _ incoming: inout IncomingDatagrams) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        while case let count = socket.receive(into: &incoming), count > 0 {
            for i in 0..<count {
                let bytes = incoming.bytes(i)
                packets.append(bytes.indices.map { bytes[$0] })
            }
        }
        return packets
    }

    @Test func `the replay of a live session sends what the members got, to the last bit`() throws {
        let folder = try Session.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "live.pcapng").path
        let recorder = try SessionRecorder(path: path, overwrite: false)
        let loopback = Endpoint(ipv4: 0x7F00_0001, port: 0)
        var configuration = MediaPlaneConfiguration(endpoint: loopback)
        configuration.shards = 1
        configuration.thread.shard.clockOffset = PlaneClock.realOffset
        let plane = try MediaPlane(configuration, tap: { _ in recorder }, deliver: { _, _ in })
        let plan = try PipelineFile.load(
            text: ShippedPipelines.text(named: "guild-voice") ?? "", file: "guild-voice", registry: .standard)
        _ = plane.post(.open(Session.room, plan: plan, places: 8), to: 0)
        var sockets = RigidArray<DatagramSocket>(capacity: 6)
        for member in 1...6 {
            sockets.append(try DatagramSocket(bind: loopback, receiveBuffer: 1 << 20, sendBuffer: 1 << 20))
            if member != 5 { Self.join(member, sockets[member - 1].localEndpoint, plane) }
        }
        // Member 6 only listens, and member 1 talks all the time: what member 6 gets is the room's clock.
        var poller = try Poller(event: try WakeEvent(), socket: sockets[5].descriptor)
        var incoming = try IncomingDatagrams()
        var heard: [[UInt8]] = []
        let packets = try (0..<3).map { try RTPSender(frames: 100, ssrc: UInt32($0), key: Session.key).packets }
        for tick in 0..<100 {
            switch tick {
            case 30: _ = plane.post(.mute(MemberID(4), hears: MemberID(1), isMuted: true), to: 0)
            case 40: Self.join(5, sockets[4].localEndpoint, plane)
            case 50: _ = plane.post(.set(MemberID(2), .serverMute), to: 0)
            case 70: _ = plane.post(.leave(MemberID(3)), to: 0)
            default: break
            }
            // Every seventh packet of one or the other is lost; two of them are silent now and then.
            for member in 1...3 where (member == 1 || (tick + 20 * member) % 60 < 40) && (tick + member) % 7 != 0 {
                Self.send(packets[member - 1][tick], to: plane.endpoints[0], &sockets[member - 1])
            }
            // The first packets come at once, so that there is something to hear; then one for each tick of the room.
            guard tick >= 10 else { continue }
            let before = heard.count
            let limit = PlaneClock.now + 10_000_000_000
            while heard.count == before, PlaneClock.now < limit {
                poller.wait(until: limit, hearsSocket: true)
                heard += Self.drain(&sockets[5], &incoming)
            }
            try #require(heard.count > before, "nothing was heard for ten seconds")
        }
        plane.stop()
        _ = try recorder.finish()
        var sink = Session.Sink()
        let summary = try SessionReplay.run(path: path, registry: .standard, into: &sink)
        #expect(summary.datagrams > 150 && summary.commands == 16)
        var total = 0
        for i in sockets.indices {
            let got = (i == 5 ? heard : []) + Self.drain(&sockets[i], &incoming)
            let address = sockets[i].localEndpoint
            let replayed = sink.sent.filter { $0.destination == address }.map(\.bytes)
            let isEqual = got.elementsEqual(replayed)
            #expect(isEqual, "member \(i + 1) got \(got.count) datagrams, the replay sends \(replayed.count)")
            total += got.count
        }
        #expect(total > 200, "\(total) datagrams")
    }

    private static func send(_ packet: [UInt8], to endpoint: Endpoint, _ socket: inout DatagramSocket) {
        socket.send(packet.span, to: endpoint)
    }

    private static func join(_ member: Int, _ address: Endpoint, _ plane: MediaPlane) {
        let id = MemberID(UInt64(member))
        let profile = MemberProfile(
            kind: .plain(source: address, ssrc: nil), ssrc: UInt32(member),
            stream: StreamIdentity(ssrc: UInt32(100 + member)))
        _ = plane.post(.join(Session.room, id, profile), to: 0)
        let session = MediaSession(inbound: Session.key, outbound: Session.key, destination: address)
        _ = plane.post(.secure(id, session), to: 0)
    }
}
