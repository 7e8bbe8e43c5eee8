public import Discovery
import GRDB
import Synchronization

/// A discovery store inside this process, in an SQLite database: in memory, or in a file that outlives the process with
/// its keys, revisions, leases and history.
///
/// One process has a file for itself. When a file is opened, every lease's time to live begins anew. Commits are on the
/// disk before a call returns.
public final class EmbeddedStore: DiscoveryStore {
    let path: String
    let configuration: EmbeddedConfiguration
    let database: DatabaseQueue
    let timekeeper: Timekeeper
    /// Changed only in the database's own queue, with which all happens one after the other.
    let holdings: Mutex<Holdings>
    let timer = LapseTimer()

    private init(
        path: String, configuration: EmbeddedConfiguration, database: DatabaseQueue, timekeeper: Timekeeper,
        holdings: consuming Holdings
    ) {
        (self.path, self.configuration, self.database) = (path, configuration, database)
        self.timekeeper = timekeeper
        self.holdings = Mutex(holdings)
    }

    deinit { end() }

    /// - Parameters:
    ///   - path: of a file, made if there is none; nil for one in memory.
    ///   - clock: by which leases lapse.
    /// - Throws: `corrupt`, `unavailable` if another process has it, `storageFailed`, `storageFull`, `unauthorised`.
    public static func open<C: Clock>(
        path: String?, configuration: EmbeddedConfiguration = EmbeddedConfiguration(), clock: C = ContinuousClock()
    ) async throws(DiscoveryError) -> EmbeddedStore where C.Duration == Duration {
        let timekeeper = Timekeeper(clock)
        let name = path ?? "in memory"
        do {
            let connection = Schema.connection(maximumSize: configuration.maximumSize)
            if let path { Schema.makeFile(path) }
            let database =
                try path.map { try DatabaseQueue(path: $0, configuration: connection) }
                ?? DatabaseQueue(configuration: connection)
            let holdings = try await database.writeWithoutTransaction { db in
                try Schema.open(db, path: name)
                let leases = try Row.fetchAll(db, sql: "SELECT id, seconds FROM lease")
                    .map { (id: LeaseID($0[0]), seconds: $0[1] as Int64) }
                return Holdings(marks: try Marks(db), leases: leases, now: timekeeper.now())
            }
            let store = EmbeddedStore(
                path: name, configuration: configuration, database: database, timekeeper: timekeeper,
                holdings: holdings)
            store.armTimer()
            return store
        } catch {
            throw DiscoveryError(error, at: name)
        }
    }

    /// Ends watches, and gives the file free. Calls that are made later fail as `closed`.
    public func close() async {
        end()
        // Not from a task that is cancelled; a connection that is in use is closed when it no longer is.
        await Task { [database] in
            do { try await database.writeWithoutTransaction { _ in } } catch {}
            do { try database.close() } catch {}
        }.value
    }

    private func end() {
        timer.stop()
        let watchers = holdings.withLock { holdings in
            holdings.isClosed = true
            return Array(holdings.watchers.values)
        }
        for watcher in watchers { watcher.queue.finish(.closed) }
    }

    public func get(_ key: DiscoveryKey) async throws(DiscoveryError) -> KeyValue? {
        try key.validate()
        return try await read { ledger throws in try ledger.get(key) }
    }

    public func range(_ prefix: DiscoveryKey) async throws(DiscoveryError) -> PrefixSnapshot {
        try await read { ledger throws in try ledger.range(prefix) }
    }

    public func transact(_ transaction: KeyTransaction) async throws(DiscoveryError) -> TransactionOutcome {
        try transaction.validate()
        return try await write { ledger, leases throws in
            try ledger.transact(transaction) { leases[$0] != nil }
        } then: { _, _, _ in
        }
    }

    public func grantLease(timeToLive: Duration) async throws(DiscoveryError) -> Lease {
        let seconds = try Lease.wholeSeconds(timeToLive)
        let most = configuration.maximumLeases
        let lease = try await write { ledger, leases throws in
            guard leases.count < most else {
                throw DiscoveryError.storageFull("there are \(most) leases, and may not be more: revoke some")
            }
            return try ledger.grant(seconds: seconds)
        } then: { lease, holdings, now in
            holdings.extend(lease, seconds: seconds, now: now)
        }
        armTimer()
        return Lease(id: lease, timeToLive: .seconds(seconds))
    }

    public func keepAlive(_ lease: LeaseID) async throws(DiscoveryError) -> Duration {
        let seconds = try await write { _, leases throws in
            guard let term = leases[lease] else { throw DiscoveryError.leaseNotFound(lease) }
            return term.seconds
        } then: { seconds, holdings, now in
            holdings.extend(lease, seconds: seconds, now: now)
        }
        return .seconds(seconds)
    }

    public func revoke(_ lease: LeaseID) async throws(DiscoveryError) {
        try await write { ledger, leases throws in
            guard leases[lease] != nil else { throw DiscoveryError.leaseNotFound(lease) }
            try ledger.end(lease)
        } then: { _, holdings, _ in
            holdings.forget(lease)
        }
    }
}
