import Discovery
import EmbeddedDiscovery
import TestPatience
import Testing

/// In virtual time, of a store and its client alike.
@Suite struct LeaseKeeperTests {
    /// The client's, so that a test knows who sleeps on it.
    let clock = ManualClock()
    let storeClock = ManualClock()

    private func pass(_ time: Duration) {
        storeClock.advance(by: time)
        clock.advance(by: time)
    }

    private func run(
        _ body: @escaping @Sendable (EmbeddedStore, ScriptedStore, LeaseKeeper<ManualClock>) async throws -> Void
    ) async throws {
        let store = try await EmbeddedStore.open(path: nil, clock: storeClock)
        let scripted = ScriptedStore(before: store)
        let keeper = try await LeaseKeeper.grant(in: scripted, timeToLive: .seconds(12), clock: clock)
        try await store.put("/a", [], lease: keeper.lease)
        try await Patience.within { try await body(store, scripted, keeper) }
        await store.close()
    }

    @Test func `it keeps the lease alive every third of its time to live`() async throws {
        try await run { [clock] store, scripted, keeper in
            #expect(keeper.heldUntil == ManualClock.Instant(offset: .seconds(12)))
            let keeping = Task { await keeper.keep() }
            for beat in 1...10 {
                await clock.waitForSleeper(until: .seconds(beat * 4))
                #expect(scripted.keepAlives == beat - 1)
                pass(.seconds(4))
            }
            await clock.waitForSleeper(until: .seconds(44))
            #expect(keeper.heldUntil == ManualClock.Instant(offset: .seconds(52)))
            #expect(keeper.isHeld && scripted.keepAlives == 10)
            let kept = try await store.get("/a")
            #expect(kept != nil)
            keeping.cancel()
            #expect(await keeping.value == .cancelled)
            await keeper.release()
            let left = try await store.get("/a")
            #expect(left == nil)
            #expect(!keeper.isHeld)
        }
    }

    @Test(arguments: [
        ScriptedStore.Behaviour.isSilent, .fails(.unavailable("no network")), .fails(.storageFull("disk")),
    ])
    func `cut off, it gives up before the lease can pass to another`(_ behaviour: ScriptedStore.Behaviour) async throws
    {
        try await run { [clock] store, scripted, keeper in
            let keeping = Task { (await keeper.keep(), clock.now) }
            await clock.waitForSleeper(until: .seconds(4))
            pass(.seconds(4))
            await clock.waitForSleeper(until: .seconds(8))
            scripted.set(behaviour)
            pass(.seconds(4))
            // Kept alive at 4 s for 12 s; a sixth of that is the margin. Until then it tries and tries.
            while clock.now.offset < .seconds(14) {
                let step: Duration = if case .isSilent = behaviour { .seconds(3) } else { .milliseconds(600) }
                let wakesAt = min(clock.now.offset + step, .seconds(14))
                await clock.waitForSleeper(until: wakesAt)
                pass(wakesAt - clock.now.offset)
                guard case .isSilent = behaviour, wakesAt < .seconds(14) else { continue }
                // Not answered in time: again after a while.
                await clock.waitForSleeper(until: wakesAt + .milliseconds(600))
                pass(.milliseconds(600))
            }
            let (end, endedAt) = await keeping.value
            guard case .lost(.cutOff(let trouble?)) = end else {
                Issue.record("\(end)")
                return
            }
            #expect(trouble.isUnavailable || trouble.isStorageFull)
            #expect(keeper.heldUntil == ManualClock.Instant(offset: .seconds(16)))
            #expect(endedAt == ManualClock.Instant(offset: .seconds(14)))
            #expect(!keeper.isHeld && scripted.keepAlives >= 3)
            // The store lets it lapse at 16 s, and not before.
            let before = try await store.get("/a")
            pass(.seconds(2))
            let after = try await store.get("/a")
            #expect(before != nil && after == nil)
        }
    }

    @Test func `its time counts from when it was asked for, not from the answer`() async throws {
        let store = try await EmbeddedStore.open(path: nil, clock: storeClock)
        let scripted = ScriptedStore(before: store)
        scripted.set(.answersAfter(.seconds(2), on: clock))
        try await Patience.within { [clock] in
            async let granted = LeaseKeeper.grant(in: scripted, timeToLive: .seconds(12), clock: clock)
            await clock.waitForSleeper(until: .seconds(2))
            pass(.seconds(2))
            let keeper = try await granted
            #expect(keeper.heldUntil == ManualClock.Instant(offset: .seconds(12)))
            let keeping = Task { await keeper.keep() }
            await clock.waitForSleeper(until: .seconds(4))
            pass(.seconds(2))
            // Asked at 4 s, answered at 6 s.
            await clock.waitForSleeper(until: .seconds(6))
            pass(.seconds(2))
            await clock.waitForSleeper(until: .seconds(8))
            #expect(keeper.heldUntil == ManualClock.Instant(offset: .seconds(16)))
            keeping.cancel()
            #expect(await keeping.value == .cancelled)
        }
        await store.close()
    }

    @Test func `a short outage is survived`() async throws {
        try await run { [clock] store, scripted, keeper in
            let keeping = Task { await keeper.keep() }
            scripted.set(.fails(.unavailable("restarts")))
            await clock.waitForSleeper(until: .seconds(4))
            pass(.seconds(4))
            for _ in 0..<5 {
                await clock.waitForSleeper(until: clock.now.offset + .milliseconds(600))
                pass(.milliseconds(600))
            }
            await clock.waitForSleeper(until: .milliseconds(7600))
            scripted.set(.works)
            pass(.milliseconds(600))
            await clock.waitForSleeper(until: .milliseconds(11_600))
            #expect(keeper.heldUntil == ManualClock.Instant(offset: .milliseconds(19_600)))
            keeping.cancel()
            #expect(await keeping.value == .cancelled)
        }
    }

    @Test func `what the store says is over is over at once`() async throws {
        try await run { [clock] store, _, keeper in
            let keeping = Task { await keeper.keep() }
            await clock.waitForSleeper(until: .seconds(4))
            try await store.revoke(keeper.lease)
            pass(.seconds(4))
            #expect(await keeping.value == .lost(.gone))
            #expect(!keeper.isHeld)
        }
    }

    @Test func `after a leap of time it does not believe to hold what may have lapsed`() async throws {
        try await run { [clock] store, scripted, keeper in
            let keeping = Task { await keeper.keep() }
            await clock.waitForSleeper(until: .seconds(4))
            pass(.seconds(3600))
            #expect(!keeper.isHeld)
            #expect(await keeping.value == .lost(.cutOff(nil)))
            #expect(scripted.keepAlives == 0)
            let left = try await store.get("/a")
            #expect(left == nil)
        }
    }
}
