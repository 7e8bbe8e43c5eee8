import Discovery
import EmbeddedDiscovery
import TestPatience
import Testing

@Suite struct PrefixMirrorTests {
    let clock = ManualClock()

    /// A mirror that is read step by step, with whatever lies between it and the store.
    private func run(
        history: Int = 1000, watch: WatchLimits = WatchLimits(),
        _ body: (EmbeddedStore, ScriptedStore, inout PrefixMirror<ManualClock>.Iterator) async throws -> Void
    ) async throws {
        let store = try await EmbeddedStore.open(
            path: nil, configuration: EmbeddedConfiguration(historyEvents: history, watch: watch), clock: clock)
        let scripted = ScriptedStore(before: store)
        let backoff = Backoff(first: .seconds(1), most: .seconds(8))
        var updates = PrefixMirror(of: "/a/", in: scripted, clock: clock, backoff: backoff).makeAsyncIterator()
        try await body(store, scripted, &updates)
        await store.close()
    }

    @Test func `it begins with what is there, and follows every change`() async throws {
        try await run { store, _, updates in
            try await store.put("/a/1", [1])
            try await store.put("/b/1", [1])
            let first = try #require(try await updates.next())
            #expect(first.isLive && first.view.values.keys.sorted() == ["/a/1"])
            try await store.put("/b/2", [1])
            let second = try await store.put("/a/2", [2])
            try await store.delete("/a/1")
            guard case .live(let view, let changes)? = try await updates.next() else { throw Patience.RanOut() }
            #expect(view.revision == second && view.values.count == 2 && view["/a/2"]?.value == [2])
            #expect(changes.map(\.key) == ["/a/2"])
            #expect(try await updates.next()?.view.values.keys.sorted() == ["/a/2"])
        }
    }

    @Test(arguments: [
        DiscoveryError.compacted(oldest: nil), .fellBehind(maximumEvents: 1, maximumBytes: 1),
        .revisionAhead(current: Revision(1)),
    ])
    func `after a loss it reads all anew, at once, and tells what changed meanwhile`(
        _ loss: DiscoveryError
    ) async throws {
        try await run { store, scripted, updates in
            for name in ["1", "2", "3"] { try await store.put(DiscoveryKey("/a/" + name), []) }
            #expect(try await updates.next()?.view.values.count == 3)
            try await store.put("/a/4", [4])
            #expect(try await updates.next()?.view.values.count == 4)
            scripted.endWatches(loss)
            try await store.delete("/a/1")
            try await store.put("/a/2", [2])
            guard case .live(let view, let changes)? = try await updates.next() else { throw Patience.RanOut() }
            #expect(view.values.keys.sorted() == ["/a/2", "/a/3", "/a/4"])
            #expect(changes.map(\.key) == ["/a/1", "/a/2"], "a deletion and a put")
            #expect(scripted.ranges == 2)
        }
    }

    @Test func `losses in a row are not met in haste`() async throws {
        try await run { store, scripted, updates in
            _ = try await updates.next()
            scripted.set(.fails(.compacted(oldest: nil)))
            let waiting = Task { [clock] in
                for _ in 0..<3 {
                    await clock.waitForSleeper()
                    clock.advance(by: .seconds(8))
                }
                await clock.waitForSleeper()
                scripted.set(.works)
                clock.advance(by: .seconds(8))
            }
            #expect(try await updates.next()?.isLive == false)
            #expect(try await updates.next()?.isLive == true)
            await waiting.value
            #expect(scripted.ranges == 6)
        }
    }

    @Test func `a compaction of the store itself is no loss`() async throws {
        try await run(history: 8, watch: WatchLimits(events: 4, bytes: 1 << 20)) { store, _, updates in
            try await store.put("/a/1", [0])
            #expect(try await updates.next()?.view["/a/1"]?.value == [0])
            for number in 1...100 { try await store.put("/a/1", [UInt8(number)]) }
            var value: UInt8 = 0
            while value != 100 { value = try #require(try await updates.next()?.view["/a/1"]?.value[0]) }
        }
    }

    @Test func `an outage is told once, the view stays, and it goes on by itself where it stood`() async throws {
        try await run { store, scripted, updates in
            try await store.put("/a/1", [])
            #expect(try await updates.next()?.isLive == true)
            let trouble = DiscoveryError.unavailable("gone")
            scripted.set(.fails(trouble))
            let stale = try #require(try await updates.next())
            #expect(stale == .stale(stale.view, trouble) && stale.view.values.count == 1)
            try await store.put("/a/2", [])
            // It waits: 0.5 to 1 s, then 1 to 2 s, and is silent about it.
            let again = Task { [clock] in
                for wait in [1, 2] {
                    await clock.waitForSleeper()
                    clock.advance(by: .seconds(wait))
                }
                await clock.waitForSleeper()
                scripted.set(.works)
                clock.advance(by: .seconds(4))
            }
            let live = try #require(try await updates.next())
            await again.value
            #expect(live.isLive, "it is told that the view is right again")
            let view = live.view.values.count == 2 ? live.view : try #require(try await updates.next()).view
            #expect(view.values.count == 2)
            #expect(scripted.ranges == 1, "nothing was lost, so nothing is read anew")
        }
    }

    @Test func `a store that is not there at the start is told, and then awaited`() async throws {
        try await run { store, scripted, updates in
            scripted.set(.fails(.unauthorised("no")))
            let first = try #require(try await updates.next())
            #expect(first == .stale(PrefixView(), .unauthorised("no")) && first.view.revision == .none)
            let again = Task { [clock] in
                await clock.waitForSleeper()
                scripted.set(.works)
                clock.advance(by: .seconds(1))
            }
            let live = try #require(try await updates.next())
            #expect(live.isLive && live.view.revision == Revision(1))
            await again.value
        }
    }

    @Test func `it ends with its task, also while it waits, and with the store`() async throws {
        try await run { store, scripted, updates in
            let task = Task { [clock] in
                for try await _ in PrefixMirror(of: "/a/", in: scripted, clock: clock) {}
                return true
            }
            task.cancel()
            let hasEnded = try await task.value
            #expect(hasEnded)
            scripted.set(.fails(.unavailable("gone")))
            _ = try await updates.next()
            let second = Task { [updates] in
                var updates = updates
                return try await updates.next()
            }
            await clock.waitForSleeper()
            second.cancel()
            #expect(try await second.value == nil)
            scripted.set(.fails(.closed))
            let third = Task { [updates] in
                var updates = updates
                return try await updates.next()
            }
            await clock.waitForSleeper()
            clock.advance(by: .seconds(8))
            await #expect(throws: DiscoveryError.closed) { try await third.value }
        }
    }

    @Test func `waiting grows to a maximum and is never regular`() {
        var generator = SystemRandomNumberGenerator()
        let backoff = Backoff(first: .milliseconds(100), most: .seconds(5))
        for (failures, bound) in [(1, 0.1), (2, 0.2), (6, 3.2), (7, 5), (1000, 5), (Int.max, 5)] {
            let delay = backoff.delay(after: failures, using: &generator)
            #expect(delay >= .seconds(bound / 2) - .nanoseconds(1) && delay <= .seconds(bound))
        }
        #expect(Set((0..<10).map { _ in backoff.delay(after: 5, using: &generator) }).count > 1)
    }
}
