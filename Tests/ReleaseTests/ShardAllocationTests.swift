import BasicContainers
import CAllocationCounter
import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec
import SecureRTP
import ShippedPipelines
import StandardStages
import TestSenders
import Testing

#if !DEBUG
    /// Neither a packet nor a tick of a shard allocates anything, while voices come and go, mixes part and join, and a
    /// member mutes another.
    @Suite(.serialized) struct ReleaseTestsOfShards {
        struct CountingSink: ~Copyable, DatagramSink {
            var sent = 0
            /// Of those, RTCP.
            var reports = 0

            mutating func send(_ datagrams: borrowing OutgoingDatagrams) {
                sent += datagrams.count
                for i in 0..<datagrams.count where (200...203).contains(datagrams.datagram(i)[1]) { reports += 1 }
            }
        }

        static let room = RoomID(guild: 1, channel: 1)
        static let key = KeyMaterial(suite: "aead-aes-256-gcm", secret: (0..<44).map { UInt8($0) })

        static func address(_ member: Int) -> Endpoint { Endpoint(ipv4: 0x7F00_0001, port: UInt16(1000 + member)) }

        static func shard(members: Int, _ sink: inout CountingSink) throws -> Shard {
            let plan = try PipelineFile.load(
                text: ShippedPipelines.text(named: "guild-voice") ?? "", file: "guild-voice", registry: .standard)
            var shard = Shard()
            shard.apply(.open(room, plan: plan, places: 16), at: 0, into: &sink)
            for member in 0..<members {
                let id = MemberID(UInt64(member))
                let profile = MemberProfile(
                    kind: .plain(source: address(member), ssrc: nil), ssrc: UInt32(member),
                    stream: StreamIdentity(ssrc: UInt32(10_000 + member)))
                shard.apply(.join(room, id, profile), at: 0, into: &sink)
                shard.apply(
                    .secure(id, MediaSession(inbound: key, outbound: key, destination: address(member))), at: 0,
                    into: &sink)
            }
            while shard.maintain() {}
            return shard
        }

        /// Each of the first three members talks for 1.2 s, and is silent for longer than their background counts as a voice.
        static func talk(_ tick: Int, _ packets: [[[UInt8]]]) -> [(Int, [UInt8])] {
            (0..<packets.count).compactMap { member in
                (tick + member * 20) % 200 < 60 ? (member, packets[member][tick]) : nil
            }
        }

        @Test func `packets and ticks allocate nothing`() throws {
            var sink = CountingSink()
            var shard = try Self.shard(members: 100, &sink)
            let packets = try (0..<3).map { try RTPSender(frames: 1200, ssrc: UInt32($0), key: Self.key).packets }
            var counted = 0
            for tick in 0..<1200 {
                let now = Int64(tick) * 20_000_000 + 5_000_000
                var datagrams = Self.talk(tick, packets)
                // Copies of their own, made before anything is counted.
                for i in datagrams.indices { datagrams[i].1.reserveCapacity(datagrams[i].1.count + 1) }
                if tick >= 600 { allocation_counter_start() }
                for i in datagrams.indices {
                    let source = Self.address(datagrams[i].0)
                    Self.receive(&datagrams[i].1, source, now, &shard, &sink)
                }
                shard.advance(to: now + 15_000_000, into: &sink)
                while shard.nextEvent() != nil {}
                if tick >= 600 { counted += allocation_counter_stop() }
            }
            let counts = shard.statistics
            #expect(counted == 0, "\(counted) allocations in 600 ticks")
            #expect(counts.forks > 4 && counts.merges > 4, "\(counts)")
            #expect(sink.sent > 100_000)
            #expect(sink.reports > 300, "the members are told of their streams")
        }

        @Test func `a thousand who leave at once are all bid farewell`() throws {
            var sink = CountingSink()
            var shard = try Self.shard(members: 1000, &sink)
            var packets = try RTPSender(frames: 20, ssrc: 0, key: Self.key).packets
            for tick in 0..<packets.count {
                let now = Int64(tick) * 20_000_000
                Self.receive(&packets[tick], Self.address(0), now, &shard, &sink)
                shard.advance(to: now + 19_000_000, into: &sink)
            }
            let before = sink.reports
            let time = ContinuousClock().measure {
                for member in 0..<1000 {
                    shard.apply(.leave(MemberID(UInt64(member))), at: 400_000_000, into: &sink)
                }
            }
            print("a thousand have left in \(time)")
            #expect(sink.reports - before == 999, "all but who spoke alone")
        }

        private static func receive(
            _ bytes: inout [UInt8], _ source: Endpoint, _ now: Int64, _ shard: inout Shard, _ sink: inout CountingSink
        ) {
            var span = bytes.mutableSpan
            shard.receive(&span, from: source, at: now, into: &sink)
        }
    }
#endif
