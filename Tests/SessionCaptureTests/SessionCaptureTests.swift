import BasicContainers
import FileAccess
import Foundation
import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec
import SessionCapture
import ShippedPipelines
import StandardStages
import TestSenders
import Testing

/// A session that is written down and played again sends the very bytes that were sent.
@Suite struct SessionCaptureTests {
    struct Sent: Hashable {
        var destination: Endpoint
        var bytes: [UInt8]
    }

    struct Sink: ~Copyable, SessionReplaySink {
        var sent: [Sent] = []

        mutating func moved(to time: Int64, at endpoint: Endpoint) {}

        mutating func send(_ datagrams: borrowing OutgoingDatagrams) {
            for i in 0..<datagrams.count {
                let span = datagrams.datagram(i)
                sent.append(
                    Sent(destination: datagrams.entries[i].destination, bytes: span.indices.map { span[$0] }))
            }
        }
    }

    static let room = RoomID(guild: 1, channel: 2)
    static let key = KeyMaterial(suite: "aead-aes-256-gcm", secret: (0..<44).map { UInt8($0) })
    /// The time of day is ahead of the shard's clock by this.
    static let offset: Int64 = 1_790_000_000_123_456_789

    static func address(_ member: Int) -> Endpoint { Endpoint(ipv4: 0x7F00_0001, port: UInt16(1000 + member)) }

    static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "parley-session-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// A shard that is recorded as it goes.
    final class Session {
        var shard: Shard
        var sink = Sink()
        let recorder: SessionRecorder
        var now: Int64 = 5_000_000_123

        init(_ path: String) throws {
            var configuration = ShardConfiguration()
            configuration.clockOffset = offset
            shard = Shard(configuration)
            recorder = try SessionRecorder(path: path, overwrite: false)
            recorder.begins(configuration, at: Endpoint(ipv4: 0x7F00_0001, port: 5000))
        }

        func apply(_ command: ShardCommand) {
            recorder.command(command, at: now)
            shard.apply(command, at: now, into: &sink)
        }

        func join(_ member: Int) {
            let id = MemberID(UInt64(member))
            let profile = MemberProfile(
                kind: .plain(source: address(member), ssrc: nil), ssrc: UInt32(member),
                stream: StreamIdentity(ssrc: UInt32(100 + member), firstSequenceNumber: 7, firstTimestamp: 9))
            apply(.join(room, id, profile))
            apply(.secure(id, MediaSession(inbound: key, outbound: key, destination: address(member))))
        }

        func receive(_ datagram: [UInt8], from member: Int) {
            recorder.datagram(datagram.span, from: address(member), at: now)
            var bytes = datagram
            var span = bytes.mutableSpan
            shard.receive(&span, from: address(member), at: now, into: &sink)
        }

        func advance(to time: Int64) {
            now = time
            shard.advance(to: now, into: &sink)
        }
    }

    static func play(_ session: Session) throws {
        let plan = try PipelineFile.load(
            text: ShippedPipelines.text(named: "guild-voice") ?? "", file: "guild-voice", registry: .standard)
        session.apply(.open(room, plan: plan, places: 8))
        for member in 1...4 { session.join(member) }
        let packets = try (0..<3).map { try RTPSender(frames: 200, ssrc: UInt32($0), key: key).packets }
        for tick in 0..<200 {
            if tick == 50 { session.apply(.mute(MemberID(4), hears: MemberID(1), isMuted: true)) }
            if tick == 70 { session.join(5) }
            if tick == 90 { session.apply(.set(MemberID(2), .serverMute)) }
            if tick == 120 { session.apply(.leave(MemberID(3))) }
            for member in 1...3 where (tick + 30 * member) % 80 < 50 && tick % 11 != member {
                session.advance(to: session.now + 1_700_003)
                session.receive(packets[member - 1][tick], from: member)
                if tick % 13 == 0 { session.receive([1, 2, 3], from: member) }
            }
            session.advance(to: Int64(5_020_000_000 + tick * 20_000_000))
        }
    }

    @Test func `played again it sends what was sent, to the last bit`() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "session.pcapng").path
        let session = try Session(path)
        try Self.play(session)
        session.recorder.ended(at: session.now)
        let written = try session.recorder.finish()
        #expect(written.lost == 0 && written.bytes > 10_000)
        var sink = Sink()
        let summary = try SessionReplay.run(path: path, registry: .standard, into: &sink)
        #expect(session.sink.sent.count > 400)
        let isEqual = sink.sent.elementsEqual(session.sink.sent)
        #expect(isEqual, "\(sink.sent.count) datagrams against \(session.sink.sent.count)")
        #expect(summary.statistics.forks == session.shard.statistics.forks && summary.statistics.forks > 0)
        #expect(summary.commands == 14)
    }

    @Test func `the file holds the datagrams for any tool, and is its owner's alone`() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "session.pcapng").path
        let session = try Session(path)
        session.receive([0x80, 120, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 9], from: 1)
        _ = try session.recorder.finish()
        var reader = try CaptureReader(path: path)
        let datagram = try reader.next()
        #expect(datagram?.source == Self.address(1))
        #expect(datagram?.time == session.now + Self.offset)
        #expect(try reader.next() == nil)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func `a capture that is no session is refused with what to do`() throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "other.pcapng").path
        var writer = try CaptureWriter(OutputFile(path: path, overwrite: false), format: .pcapng)
        try writer.write([1, 2, 3].span, time: 5, from: Self.address(1), to: Self.address(2))
        _ = try writer.finish()
        var sink = Sink()
        #expect(throws: SessionReplayError.self) {
            try SessionReplay.run(path: path, registry: .standard, into: &sink)
        }
        #expect(throws: (any Error).self) {
            try SessionReplay.run(path: folder.appending(path: "gone").path, registry: .standard, into: &sink)
        }
    }
}
