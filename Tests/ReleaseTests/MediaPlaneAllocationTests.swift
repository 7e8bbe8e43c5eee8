import CAllocationCounter
import LiveRoom
import MediaCore
import MediaPlane
import PacketCapture
import PipelineSpec
import ShippedPipelines
import StandardStages
import Synchronization
import TestSenders
import Testing

#if !DEBUG
    /// A shard's thread allocates nothing while packets come and go.
    @Suite(.serialized) struct ReleaseTestsOfMediaPlane {
        /// Counts on the shard's thread, between two of the datagrams that it gets.
        final class Counter: ShardTap {
            func begins(_ configuration: ShardConfiguration, at endpoint: Endpoint) {}

            private let range: Range<Int>
            private let seen = Atomic(0)
            private let allocations = Atomic(-1)

            init(_ range: Range<Int>) { self.range = range }

            /// nil until the last of them has come.
            var result: Int? {
                let counted = allocations.load(ordering: .acquiring)
                return counted < 0 ? nil : counted
            }

            func datagram(_ bytes: Span<UInt8>, from source: Endpoint, at time: Int64) {
                let number = seen.add(1, ordering: .relaxed).newValue
                if number == range.lowerBound { allocation_counter_start() }
                if number == range.upperBound { allocations.store(allocation_counter_stop(), ordering: .releasing) }
            }

            func command(_ command: ShardCommand, at time: Int64) {}
            func ended(at time: Int64) {}
        }

        /// Sends every datagram back, and ticks each millisecond.
        struct Echo: ~Copyable, ShardCore {
            var statistics = ShardStatistics()
            private(set) var nextDeadline: Int64?
            private var outgoing = OutgoingDatagrams(capacity: 8, maximumBytes: 2048)

            mutating func advance(to now: Int64, into sink: inout some DatagramSink & ~Copyable) {
                while let deadline = nextDeadline, deadline <= now {
                    statistics.ticks += 1
                    nextDeadline = deadline + 1_000_000
                }
            }

            mutating func receive(
                _ datagram: inout MutableSpan<UInt8>, from source: Endpoint, at now: Int64,
                into sink: inout some DatagramSink & ~Copyable
            ) {
                if nextDeadline == nil { nextDeadline = now + 1_000_000 }
                var tail = outgoing.tail(datagram.count)
                for i in datagram.indices { tail[i] = datagram[i] }
                outgoing.append(length: datagram.count, to: source)
                sink.send(outgoing)
                outgoing.removeAll()
            }

            mutating func apply(
                _ command: ShardCommand, at now: Int64, into sink: inout some DatagramSink & ~Copyable
            ) {}

            mutating func nextEvent() -> ShardEvent? { nil }
            mutating func maintain() -> Bool { false }
        }

        @Test func `datagrams in and out allocate nothing`() throws {
            let counter = Counter(500..<3500)
            let configuration = ShardThreadConfiguration(endpoint: Endpoint(ipv4: 0x7F00_0001, port: 0))
            let thread = try ShardThread(
                index: 0, configuration: configuration, wake: try WakeEvent(), tap: counter
            ) { Echo() }
            var socket = try DatagramSocket(bind: Endpoint(ipv4: 0x7F00_0001, port: 0))
            var incoming = try IncomingDatagrams()
            var poller = try Poller()
            let payload = [UInt8](repeating: 7, count: 160)
            let end = PlaneClock.now + 60_000_000_000
            var echoed = 0
            while counter.result == nil, PlaneClock.now < end {
                for _ in 0..<5 { socket.send(payload.span, to: thread.endpoint) }
                poller.wait(until: PlaneClock.now + 500_000)
                echoed += socket.receive(into: &incoming)
            }
            thread.stop()
            #expect(counter.result == 0)
            #expect(echoed > 2000)
            #expect(thread.outbox.takeHealth()?.statistics.ticks ?? 0 > 100)
        }

        @Test func `a room where two talk and one listens allocates nothing`() throws {
            let plan = try PipelineFile.load(
                text: try #require(ShippedPipelines.text(named: "guild-voice")), file: "guild-voice",
                registry: .standard)
            let counter = Counter(150..<450)
            let local = Endpoint(ipv4: 0x7F00_0001, port: 0)
            let thread = try ShardThread(
                index: 0, configuration: ShardThreadConfiguration(endpoint: local), wake: try WakeEvent(),
                tap: counter)
            let room = RoomID(guild: 1, channel: 1)
            #expect(thread.post(.open(room, plan: plan, places: 4)) == .posted)
            var first = try DatagramSocket(bind: local)
            var second = try DatagramSocket(bind: local)
            var third = try DatagramSocket(bind: local)
            for (i, endpoint) in [first.localEndpoint, second.localEndpoint, third.localEndpoint].enumerated() {
                let id = MemberID(UInt64(i + 1))
                let profile = MemberProfile(
                    kind: .plain(source: endpoint, ssrc: nil), ssrc: UInt32(i + 1),
                    stream: StreamIdentity(ssrc: UInt32(500 + i)))
                #expect(thread.post(.join(room, id, profile)) == .posted)
                let session = MediaSession(inbound: nil, outbound: nil, destination: endpoint)
                #expect(thread.post(.secure(id, session)) == .posted)
            }
            let frames = 250
            let packets = try [1, 2].map { try RTPSender(frames: frames, ssrc: $0).packets }
            var incoming = try IncomingDatagrams()
            var poller = try Poller()
            var heard = 0
            let start = PlaneClock.now
            for frame in 0..<frames where counter.result == nil {
                poller.wait(until: start + Int64(frame) * 20_000_000)
                let (one, other) = (packets[0][frame], packets[1][frame])
                first.send(one.span, to: thread.endpoint)
                second.send(other.span, to: thread.endpoint)
                while first.receive(into: &incoming) > 0 {}
                while second.receive(into: &incoming) > 0 {}
                heard += third.receive(into: &incoming)
            }
            thread.stop()
            #expect(counter.result == 0)
            #expect(heard > 180)
        }
    }
#endif
