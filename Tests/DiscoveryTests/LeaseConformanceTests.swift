import Discovery
import Testing

/// What every store does with leases. In etcd two seconds are the shortest.
extension ConformanceTests {
    @Suite struct Leases {
        @Test(arguments: Backend.allCases)
        func `a lease that is not kept alive takes its keys with it, in one revision that watches see`(
            _ backend: Backend
        ) async throws {
            try await backend.run { bench in
                let (store, root) = (bench.store, bench.root)
                let lease = try await store.grantLease(timeToLive: .seconds(2))
                #expect(lease.timeToLive >= .seconds(2))
                for name in ["b", "a", "c", "d"] { try await store.put(root + name, [], lease: lease.id) }
                #expect(try await store.get(root + "a")?.lease == lease.id)
                let other = try await store.grantLease(timeToLive: .seconds(600))
                try await store.put(root + "c", [])
                try await store.put(root + "d", [], lease: other.id)
                let start = try await store.range(root).revision
                let watch = store.watch(root, from: start.next)
                bench.pass(lease.timeToLive)
                let told = try await bench.batches(1, of: watch)
                #expect(
                    told[0].text(after: root) == ["delete a", "delete b"],
                    "without a lease a key stays, with another too")
                #expect(told[0].revision == start.next)
                #expect(try await store.range(root).values.map(\.key) == [root + "c", root + "d"])
                await #expect(throws: DiscoveryError.leaseNotFound(lease.id)) { try await store.keepAlive(lease.id) }
                await #expect(throws: DiscoveryError.leaseNotFound(lease.id)) {
                    try await store.put(root + "a", [], lease: lease.id)
                }
                await #expect(throws: DiscoveryError.leaseNotFound(lease.id)) { try await store.revoke(lease.id) }
            }
        }

        @Test(arguments: Backend.allCases)
        func `a lease that is kept alive lives on`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let (store, key) = (bench.store, bench.root + "a")
                let lease = try await store.grantLease(timeToLive: .seconds(8))
                try await store.put(key, [], lease: lease.id)
                // Beside it others lapse, one after the other: together they live longer than it would have.
                for _ in 0..<5 {
                    let other = try await store.grantLease(timeToLive: .seconds(2))
                    let start = try await store.put(bench.root + "other", [], lease: other.id)
                    bench.pass(other.timeToLive)
                    let told = try await bench.batches(1, of: store.watch(bench.root, from: start.next))
                    #expect(told[0].text(after: bench.root) == ["delete other"])
                    #expect(try await store.keepAlive(lease.id) == lease.timeToLive)
                }
                #expect(try await store.get(key) != nil)
            }
        }

        @Test(arguments: Backend.allCases)
        func `a lease that is revoked takes its keys with it at once`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let (store, root) = (bench.store, bench.root)
                let lease = try await store.grantLease(timeToLive: .seconds(600))
                let last = try await store.transact(
                    KeyTransaction(then: [.put(root + "a", [], lease: lease.id), .put(root + "b", [], lease: lease.id)])
                )
                let watch = store.watch(root, from: last.revision.next)
                try await store.revoke(lease.id)
                #expect(try await store.range(root).values.isEmpty)
                #expect(try await bench.batches(1, of: watch)[0].text(after: root) == ["delete a", "delete b"])
                await #expect(throws: DiscoveryError.leaseNotFound(lease.id)) { try await store.keepAlive(lease.id) }
            }
        }

        @Test(arguments: Backend.allCases)
        func `a transaction with a lease that never was changes nothing`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let (store, root) = (bench.store, bench.root)
                let change = KeyTransaction(
                    then: [.put(root + "a", []), .put(root + "b", [], lease: LeaseID(123_456_789))])
                await #expect(throws: DiscoveryError.leaseNotFound(LeaseID(123_456_789))) {
                    try await store.transact(change)
                }
                let snapshot = try await store.range(root)
                #expect(snapshot.values.isEmpty)
            }
        }

        @Test(arguments: Backend.allCases)
        func `times to live are whole seconds within bounds`(_ backend: Backend) async throws {
            try await backend.run { bench in
                let lease = try await bench.store.grantLease(timeToLive: .milliseconds(2001))
                #expect(lease.timeToLive == .seconds(3))
                for time in [Duration.zero, .milliseconds(999), .seconds(86_401), .seconds(-1)] {
                    let error = await #expect(throws: DiscoveryError.self) {
                        try await bench.store.grantLease(timeToLive: time)
                    }
                    #expect(error?.isInvalid == true, "\(String(describing: error))")
                }
            }
        }
    }
}
