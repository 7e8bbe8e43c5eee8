import CAllocationCounter
import LiveRoom
import MediaPlane
import PacketCapture
import Synchronization
import Testing

#if !DEBUG
    /// A shard's thread allocates nothing while packets come and go.
    @Suite(.serialized) struct ReleaseTestsOfMediaPlane {
        /// Counts on the shard's thread, between two of the datagrams that it gets.
        final class Counter: ShardTap {
            static let first = 500
            static let last = 3500

            private let seen = Atomic(0)
            let allocations = Atomic(-1)

            func datagram(_ bytes: Span<UInt8>, from source: Endpoint, at time: Int64) {
                let number = seen.add(1, ordering: .relaxed).newValue
                if number == Self.first { allocation_counter_start() }
                if number == Self.last { allocations.store(allocation_counter_stop(), ordering: .releasing) }
            }

            func command(_ command: ShardCommand, at time: Int64) {}
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
            let counter = Counter()
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
            while counter.allocations.load(ordering: .acquiring) < 0, PlaneClock.now < end {
                for _ in 0..<5 { socket.send(payload.span, to: thread.endpoint) }
                poller.wait(until: PlaneClock.now + 500_000)
                echoed += socket.receive(into: &incoming)
            }
            thread.stop()
            #expect(counter.allocations.load(ordering: .acquiring) == 0)
            #expect(echoed > 2000)
            #expect(thread.outbox.takeHealth()?.statistics.ticks ?? 0 > 100)
        }
    }
#endif
