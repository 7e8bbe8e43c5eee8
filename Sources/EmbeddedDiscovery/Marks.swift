import Discovery
import GRDB

/// The counters of a store: copied before a transaction, kept after it was committed.
struct Marks: Sendable {
    /// The newest; 1 in an empty store.
    var revision: Revision
    /// Up to and with this one there is no history.
    var compacted: Revision
    var lastLease: Int64
    /// In the history.
    var events: Int
    var bytes: Int

    init(_ db: Database) throws {
        var marks: [String: Int64] = [:]
        let rows = try Row.fetchCursor(db, sql: "SELECT name, value FROM mark")
        while let row = try rows.next() { marks[row[0]] = row[1] }
        guard let revision = marks["revision"], let compacted = marks["compacted"], let lease = marks["lease"],
            (0...revision).contains(compacted)
        else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: "the counters are missing or wrong") }
        (self.revision, self.compacted, lastLease) = (Revision(revision), Revision(compacted), lease)
        let size = "SELECT COUNT(*), TOTAL(LENGTH(key) + IFNULL(LENGTH(value), 0)) FROM history"
        let row = try Row.fetchOne(db, sql: size)
        (events, bytes) = (row?[0] ?? 0, Int((row?[1] as Double?) ?? 0))
    }

    func save(_ db: Database) throws {
        let update = try db.cachedStatement(sql: "UPDATE mark SET value = ? WHERE name = ?")
        try update.execute(arguments: [revision.number, "revision"])
        try update.execute(arguments: [compacted.number, "compacted"])
        try update.execute(arguments: [lastLease, "lease"])
    }
}
