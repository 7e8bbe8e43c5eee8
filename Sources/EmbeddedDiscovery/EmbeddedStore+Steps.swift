import Discovery
import GRDB
import Synchronization

/// One thing after the other: what a call does within the database's queue.
extension EmbeddedStore {
    /// What lapsed is gone first, where there is room to write that down.
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Ledger) throws -> Value
    ) async throws(DiscoveryError) -> Value {
        try await step { db, holdings, now throws in
            do { try self.lapse(db, &holdings, now) } catch let error as DatabaseError where error.isForLackOfRoom {}
            return try body(Ledger(db, holdings.marks))
        }
    }

    /// - Parameters:
    ///   - body: changes the database; all of it or, if it throws, nothing.
    ///   - keep: what is to be remembered once it is committed.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (inout Ledger, [LeaseID: Holdings.Term]) throws -> Value,
        then keep: @escaping @Sendable (Value, inout Holdings, Duration) -> Void
    ) async throws(DiscoveryError) -> Value {
        try await step { db, holdings, now throws in
            try self.lapse(db, &holdings, now)
            let value = try self.commit(db, &holdings) { [leases = holdings.leases] ledger throws in
                try body(&ledger, leases)
            }
            keep(value, &holdings, now)
            return value
        }
    }

    /// Ends every lease whose time is over. - Returns: whether there was any.
    @discardableResult
    func lapse(_ db: Database, _ holdings: inout Holdings, _ now: Duration) throws -> Bool {
        let due = holdings.due(at: now)
        for lease in due {
            try commit(db, &holdings) { ledger throws in try ledger.end(lease) }
            holdings.forget(lease)
        }
        if !due.isEmpty { holdings.updateEarliestLapse() }
        return !due.isEmpty
    }

    func step<Value: Sendable>(
        _ body: @escaping @Sendable (Database, inout Holdings, Duration) throws -> Value
    ) async throws(DiscoveryError) -> Value {
        let now = timekeeper.now
        do {
            return try await database.writeWithoutTransaction { db in
                try self.holdings.withLock { holdings in
                    guard !holdings.isClosed else { throw DiscoveryError.closed }
                    return try body(db, &holdings, now())
                }
            }
        } catch {
            throw holdings.withLock { $0.isClosed } ? .closed : DiscoveryError(error, at: path)
        }
    }

    /// A transaction; where there is no room for it, a second time without the history.
    private func commit<Value>(
        _ db: Database, _ holdings: inout Holdings, _ body: (inout Ledger) throws -> Value
    ) throws -> Value {
        do {
            return try commitOnce(db, &holdings, body)
        } catch let error as DatabaseError where error.isForLackOfRoom {
            do {
                try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
                try commitOnce(db, &holdings) { ledger throws in try ledger.dropHistory() }
            } catch is DatabaseError {
                throw error
            }
            return try commitOnce(db, &holdings, body)
        }
    }

    private func commitOnce<Value>(
        _ db: Database, _ holdings: inout Holdings, _ body: (inout Ledger) throws -> Value
    ) throws -> Value {
        var ledger = Ledger(db, holdings.marks)
        var value: Value?
        try db.inTransaction(.immediate) {
            value = try body(&ledger)
            try ledger.trimHistory(events: configuration.historyEvents, bytes: configuration.historyBytes)
            return .commit
        }
        holdings.marks = ledger.marks
        holdings.publish(ledger.batches)
        guard let value else { preconditionFailure("a transaction that was committed ran its body") }
        return value
    }
}

extension DatabaseError {
    var isForLackOfRoom: Bool { resultCode == .SQLITE_FULL || resultCode == .SQLITE_IOERR }
}
