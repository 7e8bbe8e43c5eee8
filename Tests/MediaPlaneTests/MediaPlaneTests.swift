import LiveRoom
import MediaPlane
import PacketCapture
import Synchronization
import Testing

@Suite struct MediaPlaneTests {
    private final class Deliveries: Sendable {
        let healths = Mutex<[ShardHealth]>([])
        let wake: WakeEvent

        init() throws { wake = try WakeEvent() }
    }

    @Test func `shards have ports of their own, and each is heard of every second`() throws {
        let deliveries = try Deliveries()
        var configuration = MediaPlaneConfiguration(endpoint: .loopback())
        configuration.shards = 3
        configuration.probesIdleTimer = true
        let plane = try MediaPlane(configuration) { shard, event in
            guard case .health(let health) = event else { return }
            #expect(health.shard == shard)
            deliveries.healths.withLock { $0.append(health) }
            deliveries.wake.signal()
        }
        #expect(plane.shardCount == 3)
        #expect(Set(plane.endpoints.map(\.port)).count == 3)
        #expect(plane.post(.leave(MemberID(1)), to: 2) == .posted)
        #expect(
            try eventually(deliveries.wake) {
                Set(deliveries.healths.withLock { $0.map(\.shard) }) == [0, 1, 2]
            })
        plane.stop()
        #expect(plane.post(.leave(MemberID(1)), to: 0) == .stopped)
        let healths = deliveries.healths.withLock { $0 }
        #expect(healths.last { $0.shard == 2 }?.commands == 1)
        #expect(healths.allSatisfy { (0...1).contains($0.load.value) && $0.load.processor < 0.5 })
        #expect((plane.idleLateness?.count ?? 0) > 10)
    }

    @Test func `a port that is taken stops everything that was started`() throws {
        let taken = try DatagramSocket(bind: .loopback())
        let error = #expect(throws: MediaPlaneError.self) {
            _ = try MediaPlane(MediaPlaneConfiguration(endpoint: taken.localEndpoint)) { _, _ in }
        }
        #expect(error?.kind == .cannotBind(taken.localEndpoint))
    }
}
