import Discovery

/// What an `EmbeddedStore` knows besides its database: counters, who watches, and when leases lapse.
struct Holdings: Sendable {
    struct Watcher: Sendable {
        var prefix: DiscoveryKey
        var queue: WatchQueue
    }

    struct Term: Sendable {
        var seconds: Int64
        var lapsesAt: Duration
    }

    var marks: Marks
    var isClosed = false
    private(set) var watchers: [Int: Watcher] = [:]
    private var lastWatcher = 0
    private(set) var leases: [LeaseID: Term] = [:]
    /// Nothing lapses before; it may be that nothing does then either.
    private(set) var earliestLapse: Duration?

    /// - Parameter leases: their times to live begin anew.
    init(marks: Marks, leases: [(id: LeaseID, seconds: Int64)], now: Duration) {
        self.marks = marks
        for (id, seconds) in leases { extend(id, seconds: seconds, now: now) }
    }

    mutating func extend(_ lease: LeaseID, seconds: Int64, now: Duration) {
        let lapsesAt = now + .seconds(seconds)
        leases[lease] = Term(seconds: seconds, lapsesAt: lapsesAt)
        earliestLapse = min(earliestLapse ?? lapsesAt, lapsesAt)
    }

    mutating func forget(_ lease: LeaseID) { leases[lease] = nil }

    /// Those whose time is over, the longest overdue first.
    mutating func due(at now: Duration) -> [LeaseID] {
        guard let earliestLapse, earliestLapse <= now else { return [] }
        let due = leases.filter { $0.value.lapsesAt <= now }
        self.earliestLapse = leases.values.lazy.map(\.lapsesAt).min()
        return due.sorted { ($0.value.lapsesAt, $0.key.number) < ($1.value.lapsesAt, $1.key.number) }.map(\.key)
    }

    /// After leases that were due have gone.
    mutating func updateEarliestLapse() { earliestLapse = leases.values.lazy.map(\.lapsesAt).min() }

    mutating func add(_ watcher: Watcher) -> Int {
        lastWatcher += 1
        watchers[lastWatcher] = watcher
        return lastWatcher
    }

    mutating func remove(watcher number: Int) { watchers[number] = nil }

    func publish(_ batches: [WatchBatch]) {
        for batch in batches {
            for watcher in watchers.values {
                let events = batch.events.filter { $0.key.hasPrefix(watcher.prefix) }
                guard !events.isEmpty else { continue }
                watcher.queue.offer(WatchBatch(revision: batch.revision, events: events))
            }
        }
    }
}
