import Discovery
import GRDB

extension DiscoveryError {
    /// What SQLite says, in words of ours; its own code and message are in the text.
    init(_ error: any Error, at path: String) {
        switch error {
        case let error as DiscoveryError: self = error
        case is CancellationError: self = .cancelled
        case let error as DatabaseError: self.init(database: error, at: path)
        default: self = .storageFailed("\(path): \(error)")
        }
    }

    private init(database error: DatabaseError, at path: String) {
        let reason = "SQLite \(error.extendedResultCode.rawValue), \(error.message ?? "no message")"
        switch error.resultCode {
        case .SQLITE_FULL:
            self = .storageFull(
                "\(path): the disk is full, or the store as large as it may become (\(reason)); make room")
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            self = .corrupt("\(path): not a readable store (\(reason)); move it away, or put a copy in its place")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            self = .unavailable("\(path): in use by another process (\(reason)); one process has a store for itself")
        case .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_READONLY:
            self = .unauthorised("\(path): may not be written (\(reason)); see to its owner and permissions")
        case .SQLITE_CANTOPEN:
            self = .storageFailed(
                "\(path): cannot be opened (\(reason)); does its folder exist, and may it be written?")
        case .SQLITE_ABORT, .SQLITE_INTERRUPT: self = .cancelled
        case .SQLITE_ERROR: self = .corrupt("\(path): not as this Parley made it (\(reason)); move it away")
        default: self = .storageFailed("\(path): the disk fails (\(reason)); what was there before is kept")
        }
    }
}
