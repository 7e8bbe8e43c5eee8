import Discovery
import Foundation
import GRDB

/// Reads and changes keys within a transaction of the database. Knows no time and nobody who watches.
struct Ledger: ~Copyable {
    let db: Database
    var marks: Marks
    /// What was changed so far.
    private(set) var batches: [WatchBatch] = []

    init(_ db: Database, _ marks: Marks) { (self.db, self.marks) = (db, marks) }

    private static let columns = "key, value, created, modified, version, lease"

    func get(_ key: DiscoveryKey) throws -> KeyValue? {
        let select = try db.cachedStatement(sql: "SELECT \(Self.columns) FROM current WHERE key = ?")
        return try Row.fetchOne(select, arguments: [key.data]).map(KeyValue.init)
    }

    func range(_ prefix: DiscoveryKey) throws -> PrefixSnapshot {
        let (condition, arguments) = prefix.asCondition
        let select = try db.cachedStatement(
            sql: "SELECT \(Self.columns) FROM current WHERE \(condition) ORDER BY key LIMIT ?")
        let limit = PrefixSnapshot.maximumKeys + 1
        let values = try Row.fetchAll(select, arguments: arguments + [limit]).map(KeyValue.init)
        guard values.count < limit else { throw DiscoveryError.tooManyKeys(prefix) }
        return PrefixSnapshot(revision: marks.revision, values: values)
    }

    /// - Parameter leases: those there are.
    mutating func transact(
        _ transaction: KeyTransaction, hasLease: (LeaseID) -> Bool
    ) throws -> TransactionOutcome {
        let current = try transaction.conditions.map { try get($0.key) }
        guard zip(transaction.conditions, current).allSatisfy({ $0.holds(for: $1) }) else {
            return .refused(marks.revision, current: current)
        }
        var events: [KeyEvent] = []
        let revision = marks.revision.next
        for operation in transaction.operations {
            let before = try get(operation.key)
            switch operation {
            case .put(let key, let value, let lease):
                if let lease, !hasLease(lease) { throw DiscoveryError.leaseNotFound(lease) }
                events.append(
                    .put(
                        KeyValue(
                            key: key, value: value, createRevision: before?.createRevision ?? revision,
                            modRevision: revision, version: (before?.version ?? 0) + 1, lease: lease)))
            case .delete(let key):
                if before != nil { events.append(.delete(key, at: revision)) }
            }
        }
        try write(events, revision)
        return .done(marks.revision)
    }

    /// Deletes what hangs on a lease, and the lease.
    mutating func end(_ lease: LeaseID) throws {
        let select = try db.cachedStatement(sql: "SELECT key FROM current WHERE lease = ? ORDER BY key")
        let keys = try Data.fetchAll(select, arguments: [lease.number])
        let revision = marks.revision.next
        try write(keys.map { .delete(DiscoveryKey(bytes: Array($0)), at: revision) }, revision)
        try db.cachedStatement(sql: "DELETE FROM lease WHERE id = ?").execute(arguments: [lease.number])
    }

    /// Never gives a name twice.
    mutating func grant(seconds: Int64) throws -> LeaseID {
        marks.lastLease += 1
        try db.cachedStatement(sql: "INSERT INTO lease VALUES (?, ?)").execute(arguments: [marks.lastLease, seconds])
        try marks.save(db)
        return LeaseID(marks.lastLease)
    }

    private mutating func write(_ events: [KeyEvent], _ revision: Revision) throws {
        guard !events.isEmpty else { return }
        let put = try db.cachedStatement(sql: "INSERT OR REPLACE INTO current VALUES (?, ?, ?, ?, ?, ?)")
        let delete = try db.cachedStatement(sql: "DELETE FROM current WHERE key = ?")
        let note = try db.cachedStatement(sql: "INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)")
        for event in events {
            let key = event.key.data
            marks.events += 1
            marks.bytes += key.count
            switch event {
            case .put(let new):
                let (value, lease) = (Data(new.value), new.lease?.number)
                marks.bytes += value.count
                try put.execute(
                    arguments: [key, value, new.createRevision.number, revision.number, new.version, lease])
                try note.execute(
                    arguments: [revision.number, key, value, new.createRevision.number, new.version, lease])
            case .delete:
                try delete.execute(arguments: [key])
                try note.execute(arguments: [revision.number, key, nil, nil, nil, nil])
            }
        }
        marks.revision = revision
        try marks.save(db)
        batches.append(WatchBatch(revision: revision, events: events))
    }
}

extension KeyValue {
    fileprivate init(_ row: Row) {
        self.init(
            key: DiscoveryKey(bytes: Array(row[0] as Data)), value: Array(row[1] as Data),
            createRevision: Revision(row[2]), modRevision: Revision(row[3]), version: row[4],
            lease: (row[5] as Int64?).map { LeaseID($0) })
    }
}

extension DiscoveryKey {
    var data: Data { Data(bytes) }

    /// Of the column `key`.
    var asCondition: (sql: String, arguments: StatementArguments) {
        guard let end = endOfPrefix else { return ("key >= ?", [data]) }
        return ("key >= ? AND key < ?", [data, end.data])
    }
}
