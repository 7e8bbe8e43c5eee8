import Discovery
import GRDB
import Glibc

/// Where everything lies in the database.
enum Schema {
    /// 'PARL', in the file's header: a database of another program is left alone.
    static let application: Int32 = 0x5041_524C
    static let version: Int32 = 1

    static func connection(maximumSize: Int) -> Configuration {
        var configuration = Configuration()
        configuration.label = "parley.discovery"
        configuration.prepareDatabase { db in
            // One process alone; then the write-ahead log needs no shared memory.
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            let pageSize = try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096
            try db.execute(sql: "PRAGMA max_page_count = \(max(maximumSize / pageSize, 16))")
        }
        return configuration
    }

    /// For its owner alone, if there is none yet; what is wrong with the path, SQLite says.
    static func makeFile(_ path: String) {
        let file = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if file >= 0 { Glibc.close(file) }
    }

    /// - Throws: `corrupt` if the database is another program's, or damaged.
    static func open(_ db: Database, path: String) throws {
        let application = try Int32.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let tables = try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM sqlite_schema") ?? 0
        guard application == Self.application || tables == 0 && application == 0 else {
            throw DiscoveryError.corrupt("\(path): a database of another program; name another file")
        }
        let version = try Int32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard version <= Self.version else {
            throw DiscoveryError.corrupt("\(path): written by a newer Parley (format \(version)); use that")
        }
        // Epochs must never go back, not even after a power cut: every commit is on the disk.
        try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        if let damage = try String.fetchOne(db, sql: "PRAGMA quick_check(1)"), damage != "ok" {
            throw DiscoveryError.corrupt("\(path): damaged (\(damage)); move it away, or put a copy in its place")
        }
        guard version == 0 else { return }
        try db.inTransaction(.exclusive) {
            try db.execute(sql: tablesOfVersion1)
            return .commit
        }
    }

    private static let tablesOfVersion1 = """
        CREATE TABLE mark (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO mark VALUES ('revision', 1), ('compacted', 0), ('lease', 0);
        CREATE TABLE current (
            key BLOB PRIMARY KEY, value BLOB NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL,
            version INTEGER NOT NULL, lease INTEGER);
        CREATE INDEX current_lease ON current (lease) WHERE lease IS NOT NULL;
        CREATE TABLE history (
            revision INTEGER NOT NULL, key BLOB NOT NULL, value BLOB, created INTEGER, version INTEGER, lease INTEGER,
            PRIMARY KEY (revision, key));
        CREATE TABLE lease (id INTEGER PRIMARY KEY, seconds INTEGER NOT NULL);
        PRAGMA application_id = \(application);
        PRAGMA user_version = \(version);
        """
}
