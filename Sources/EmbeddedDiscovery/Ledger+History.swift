import Discovery
import Foundation
import GRDB

extension Ledger {
    /// What happened to keys with a prefix from a revision on.
    /// - Throws: `compacted`, `revisionAhead`.
    func history(of prefix: DiscoveryKey, from revision: Revision) throws -> [WatchBatch] {
        guard revision > marks.compacted else { throw DiscoveryError.compacted(oldest: marks.compacted.next) }
        guard revision <= marks.revision.next else { throw DiscoveryError.revisionAhead(current: marks.revision) }
        guard revision <= marks.revision else { return [] }
        let (condition, arguments) = prefix.asCondition
        let columns = "revision, key, value, created, version, lease"
        let select = try db.cachedStatement(
            sql: "SELECT \(columns) FROM history WHERE revision >= ? AND \(condition) ORDER BY revision, rowid")
        let rows = try Row.fetchCursor(select, arguments: [revision.number] + arguments)
        var batches: [WatchBatch] = []
        while let row = try rows.next() {
            let event = KeyEvent(row)
            if batches.last?.revision == event.revision {
                batches[batches.count - 1].events.append(event)
            } else {
                batches.append(WatchBatch(revision: event.revision, events: [event]))
            }
        }
        return batches
    }

    /// Forgets the oldest revisions once there are too many, down to three quarters, so that it is seldom done.
    mutating func trimHistory(events most: Int, bytes mostBytes: Int) throws {
        guard marks.events > most || marks.bytes > mostBytes else { return }
        var (events, bytes, last) = (marks.events, marks.bytes, marks.compacted.number)
        let sizes = """
            SELECT revision, COUNT(*), SUM(LENGTH(key) + IFNULL(LENGTH(value), 0))
            FROM history GROUP BY revision ORDER BY revision
            """
        let rows = try Row.fetchCursor(try db.cachedStatement(sql: sizes))
        while events > most / 4 * 3 || bytes > mostBytes / 4 * 3, let row = try rows.next() {
            last = row[0]
            events -= row[1] as Int
            bytes -= row[2] as Int
        }
        try forget(through: Revision(last))
        (marks.events, marks.bytes) = (events, bytes)
    }

    /// Forgets all of it: where there is no room, history goes before anything is refused.
    mutating func dropHistory() throws {
        try forget(through: marks.revision)
        (marks.events, marks.bytes) = (0, 0)
    }

    private mutating func forget(through revision: Revision) throws {
        try db.cachedStatement(sql: "DELETE FROM history WHERE revision <= ?").execute(arguments: [revision.number])
        marks.compacted = revision
        try marks.save(db)
    }
}

extension KeyEvent {
    fileprivate init(_ row: Row) {
        let (key, revision) = (DiscoveryKey(bytes: Array(row[1] as Data)), Revision(row[0]))
        guard let value = row[2] as Data? else {
            self = .delete(key, at: revision)
            return
        }
        self = .put(
            KeyValue(
                key: key, value: Array(value), createRevision: Revision(row[3]), modRevision: revision, version: row[4],
                lease: (row[5] as Int64?).map { LeaseID($0) }))
    }
}
