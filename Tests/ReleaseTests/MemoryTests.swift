import CAllocationCounter
import Foundation
import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec
import ShippedPipelines
import StandardStages
import TestSenders
import Testing
import VoiceInstance

#if !DEBUG
    /// What people leave behind in memory, and what they take while they are silent.
    @Suite(.serialized) struct ReleaseTestsOfMemory {
        static let plan = try? PipelineFile.load(
            text: ShippedPipelines.text(named: "guild-voice") ?? "", file: "guild-voice", registry: .standard)

        /// Resident bytes of this process.
        static func resident() throws -> Int {
            let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
            return (Int(text.split(separator: " ")[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
        }

        /// Bytes that have been allocated and not freed.
        static func allocated() -> Int { allocation_counter_held() }

        static func growth(from before: Int, to after: Int) -> String {
            "\(before) to \(after) bytes: \(Double(after - before) / Double(before) * 100) %"
        }

        // MARK: A shard

        @Test func `a million join and leave a shard, and leave nothing behind`() throws {
            let visitors = try Visitors(try #require(Self.plan))
            visitors.come(100_000)
            let (before, held) = (try Self.resident(), Self.allocated())
            visitors.come(900_000)
            let (after, heldAfter) = (try Self.resident(), Self.allocated())
            #expect(heldAfter < held + held / 100, "\(Self.growth(from: held, to: heldAfter))")
            #expect(after < before + before / 100, "\(Self.growth(from: before, to: after))")
            let statistics = visitors.shard.statistics
            #expect(statistics.members == 0 && statistics.voices == 0 && statistics.classes == 0, "\(statistics)")
            #expect(statistics.accepted > 10_000 && statistics.framesEncoded > 10_000, "\(statistics)")
            print("a million joins and leaves: \(Self.growth(from: before, to: after))")
        }

        /// People who come into one of some rooms, each in place of the one who came a while ago.
        private final class Visitors {
            static let rooms: UInt64 = 20
            static let stay = 200

            var shard = Shard()
            private var sink = NoSink()
            private var number: UInt64 = 0
            private var now: Int64 = 1_000_000_000
            private let speech: [[UInt8]]

            init(_ plan: PipelinePlan) throws {
                speech = try RTPSender(frames: 10, ssrc: 1).packets
                for room in 0..<Self.rooms {
                    shard.apply(
                        .open(RoomID(guild: 1, channel: room), plan: plan, places: 8), at: now, into: &sink)
                }
            }

            func come(_ count: Int) {
                let first = number
                for _ in 0..<count {
                    number += 1
                    join(number)
                    if number - first > UInt64(Self.stay) { leave(number - UInt64(Self.stay)) }
                    if number % 200 == 0 { talk(number) }
                }
                for gone in (number - UInt64(Self.stay) + 1)...number { leave(gone) }
                now += 2_000_000_000
                shard.advance(to: now, into: &sink)
            }

            private static func address(_ number: UInt64) -> Endpoint {
                Endpoint(ipv4: 0x0A00_0000 + UInt32(number & 0xFFFFFF), port: 9)
            }

            private func join(_ number: UInt64) {
                // Most are clients of the gateway; who talks here is not, so that their packets need no sealing.
                let talks = number % 200 == 0
                let key =
                    talks
                    ? nil
                    : KeyMaterial(
                        suite: "aead_aes256_gcm_rtpsize",
                        secret: (0..<32).map { UInt8(truncatingIfNeeded: number >> UInt64($0 % 5) + UInt64($0)) })
                let profile = MemberProfile(
                    kind: talks ? .plain(source: Self.address(number), ssrc: nil) : .gateway,
                    ssrc: UInt32(truncatingIfNeeded: number), stream: StreamIdentity(ssrc: UInt32(number & 0xFFFFF)),
                    flags: .announced)
                let id = MemberID(number)
                shard.apply(
                    .join(RoomID(guild: 1, channel: number % Self.rooms), id, profile), at: now, into: &sink)
                shard.apply(
                    .secure(
                        id, MediaSession(inbound: key, outbound: key, destination: Self.address(number))), at: now,
                    into: &sink)
                while shard.nextEvent() != nil {}
            }

            private func leave(_ number: UInt64) { shard.apply(.leave(MemberID(number)), at: now, into: &sink) }

            private func talk(_ number: UInt64) {
                for packet in speech {
                    var bytes = packet
                    var span = bytes.mutableSpan
                    shard.receive(&span, from: Self.address(number), at: now, into: &sink)
                    now += 20_000_000
                    shard.advance(to: now, into: &sink)
                    while shard.nextEvent() != nil {}
                }
            }
        }

        private struct NoSink: ~Copyable, DatagramSink {
            mutating func send(_ datagrams: borrowing OutgoingDatagrams) {}
        }

        @Test(arguments: ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize", "aead-aes-256-gcm"])
        func `ten thousand silent members in two thousand rooms take little each`(suite: String) throws {
            let plan = try #require(Self.plan)
            let secret = (0..<(suite.hasSuffix("rtpsize") ? 32 : 44)).map { UInt8($0) }
            let key = KeyMaterial(suite: suite, secret: secret)
            let before = Self.allocated()
            var shard = Shard()
            var sink = NoSink()
            for number in 0..<10_000 {
                let room = RoomID(guild: UInt64(number / 5), channel: 1)
                if number % 5 == 0 { shard.apply(.open(room, plan: plan, places: 16), at: 0, into: &sink) }
                let id = MemberID(UInt64(number))
                let address = Endpoint(ipv4: 0x0A00_0000 + UInt32(number), port: 9)
                let profile = MemberProfile(
                    kind: .gateway, ssrc: UInt32(number + 1), stream: StreamIdentity(ssrc: UInt32(100_000 + number)))
                shard.apply(.join(room, id, profile), at: 0, into: &sink)
                shard.apply(
                    .secure(id, MediaSession(inbound: key, outbound: key, destination: address)), at: 0, into: &sink)
            }
            let each = (Self.allocated() - before) / 10_000
            print("a silent member of a shard, \(suite): \(each) bytes")
            #expect(each <= 8_000, "\(each) bytes")
            #expect(shard.statistics.members == 10_000 && shard.nextDeadline == nil)
        }

        // MARK: An instance

        @Test func `hundreds of thousands of sessions come and go, and leave nothing behind`() throws {
            let guests = try Guests()
            // As many as addresses without a connection are remembered, and more.
            guests.come(150_000)
            let before = try Self.resident()
            guests.come(450_000)
            let after = try Self.resident()
            print("600,000 sessions: \(Self.growth(from: before, to: after))")
            #expect(after < before + before / 100, "\(Self.growth(from: before, to: after))")
            #expect(guests.instance.statistics.connections == 0 && guests.instance.statistics.sessions <= Guests.users)
        }

        /// Users who connect, get their keys and are gone; who comes again does so with a new session.
        private final class Guests {
            static let users = 500
            var instance: Instance
            private var number: UInt64 = 0
            private var now: Int64 = 0

            init() throws {
                instance = Instance(
                    shards: [MediaAddress(ip: "127.0.0.1", port: 5000)],
                    pipelines: PipelineCatalog(names: ["guild-voice"]) { _, _ in ReleaseTestsOfMemory.plan })
                let state = GuildState(
                    guild: 1, epoch: 1, revision: 1,
                    channels: (0..<100).map { ChannelState(channel: Snowflake(100 + $0), pipeline: "guild-voice") },
                    voiceStates: (0..<Self.users).map {
                        VoiceState(
                            user: Snowflake(UInt64(1000 + $0)), channel: Snowflake(UInt64(100 + $0 % 100)),
                            session: "s\(1000 + $0)", token: "t")
                    })
                try instance.push(state, at: 0)
            }

            func come(_ count: Int) {
                for _ in 0..<count {
                    number += 1
                    now += 1_000_000
                    let (connection, user) = (ConnectionID(number), 1000 + number % UInt64(Self.users))
                    let address = Endpoint(ipv4: UInt32(truncatingIfNeeded: number), port: 1)
                    instance.opened(connection, version: "8", address: address, at: now)
                    say(
                        """
                        {"op":0,"d":{"server_id":"1","user_id":"\(user)","session_id":"s\(user)","token":"t"}}
                        """, connection)
                    say(
                        """
                        {"op":1,"d":{"protocol":"udp","data":{"address":"127.0.0.1","port":9,\
                        "mode":"aead_aes256_gcm_rtpsize"}}}
                        """, connection)
                    instance.closed(connection, at: now)
                    instance.advance(to: now)
                    _ = instance.takeActions()
                    if number % 1000 == 0 { instance.setLoad(0.1, ofShard: 0) }
                }
            }

            private func say(_ text: String, _ connection: ConnectionID) {
                instance.received(Array(text.utf8), on: connection, at: now)
            }
        }
    }
#endif
