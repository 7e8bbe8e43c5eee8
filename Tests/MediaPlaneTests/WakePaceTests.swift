import MediaPlane
import Testing

@Suite struct WakePaceTests {
    static let start: Int64 = 1_000_000_000_000
    static let latest: Int64 = start + 1_000_000_000

    static func pace(at now: Int64 = start) -> WakePace { WakePace(coalescing: .microseconds(250), now: now) }

    @Test func `with no room awake the socket wakes the thread`() {
        let wake = Self.pace().next(deadline: nil, latest: Self.latest)
        #expect(wake == WakePace.Wake(time: Self.latest, hearsSocket: true))
    }

    @Test func `with a room awake only its deadline does`() {
        let deadline = Self.start + 20_000_000
        let wake = Self.pace().next(deadline: deadline, latest: Self.latest)
        #expect(wake == WakePace.Wake(time: deadline, hearsSocket: false))
    }

    @Test func `a deadline far away keeps no packet waiting`() {
        let deadline = Self.start + 500_000_000
        let wake = Self.pace().next(deadline: deadline, latest: Self.latest)
        #expect(wake == WakePace.Wake(time: deadline, hearsSocket: true))
    }

    @Test func `deadlines close together are kept at once`() {
        let wake = Self.pace().next(deadline: Self.start + 10_000, latest: Self.latest)
        #expect(wake.time == Self.start + 250_000)
    }

    @Test func `packets one by one wake at once, dense ones every two milliseconds`() {
        var pace = Self.pace()
        var now = Self.start
        for _ in 0..<5 {
            now += 10_000_000
            pace.woke(at: now)
            pace.read(1, isAll: true)
            #expect(pace.next(deadline: nil, latest: Self.latest).hearsSocket)
        }
        now += 500_000
        for _ in 0..<5 {
            pace.woke(at: now)
            pace.read(3, isAll: true)
            let wake = pace.next(deadline: nil, latest: Self.latest)
            #expect(wake == WakePace.Wake(time: now + WakePace.shortWait, hearsSocket: false))
            now = wake.time
        }
        pace.woke(at: now)
        pace.read(0, isAll: true)
        #expect(pace.next(deadline: nil, latest: Self.latest).hearsSocket)
    }

    @Test func `a flood is read before the next deadline`() {
        var pace = Self.pace()
        pace.woke(at: Self.start)
        pace.read(WakePace.flood, isAll: true)
        let wake = pace.next(deadline: Self.start + 20_000_000, latest: Self.latest)
        #expect(wake.time == Self.start + WakePace.shortWait)
    }

    @Test func `what was left undone is not waited with`() {
        var pace = Self.pace()
        pace.woke(at: Self.start)
        pace.read(1024, isAll: false)
        #expect(pace.next(deadline: nil, latest: Self.latest).time == Poller.already)
        pace.woke(at: Self.start + 1)
        #expect(pace.next(deadline: nil, latest: Self.latest).time == Self.latest)
        pace.hurry()
        #expect(pace.next(deadline: nil, latest: Self.latest).time == Poller.already)
    }

    @Test func `spare things are made when there is time, and at last even if there is none`() {
        var pace = Self.pace()
        #expect(pace.hasTime(for: nil, now: Self.start))
        #expect(pace.hasTime(for: Self.start + 1_000_000, now: Self.start))
        #expect(!pace.hasTime(for: Self.start + 100_000, now: Self.start))
        pace.maintained(from: Self.start, to: Self.start + 3_000_000)
        let now = Self.start + 3_000_000
        #expect(!pace.hasTime(for: now + 1_000_000, now: now), "the last one took three milliseconds")
        #expect(pace.hasTime(for: now + 4_000_000, now: now))
        #expect(pace.hasTime(for: now + 200_000_001, now: now + 200_000_000))
    }
}
