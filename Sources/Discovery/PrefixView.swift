/// All keys with a prefix, as of one revision, in memory.
public struct PrefixView: Sendable, Hashable {
    /// `Revision.none` as long as nothing was read.
    public private(set) var revision: Revision = .none
    public private(set) var values: [DiscoveryKey: KeyValue] = [:]

    public init() {}

    public subscript(key: DiscoveryKey) -> KeyValue? { values[key] }

    /// Takes what is newer than the view.
    /// - Returns: what was new.
    mutating func apply(_ batch: WatchBatch) -> [KeyEvent] {
        guard batch.revision > revision else { return [] }
        revision = batch.revision
        for event in batch.events {
            switch event {
            case .put(let value): values[value.key] = value
            case .delete(let key, _): values[key] = nil
            }
        }
        return batch.events
    }

    /// Takes the snapshot's place for what was there.
    /// - Returns: what differs, deletions first, each in the order of keys. A key that was deleted and put again in the
    ///   meantime shows as a put alone: its `createRevision` tells.
    mutating func replace(by snapshot: PrefixSnapshot) -> [KeyEvent] {
        var before = values
        var puts: [KeyEvent] = []
        values = Dictionary(minimumCapacity: snapshot.values.count)
        for value in snapshot.values {
            if before.removeValue(forKey: value.key) != value { puts.append(.put(value)) }
            values[value.key] = value
        }
        revision = snapshot.revision
        return before.keys.sorted().map { .delete($0, at: snapshot.revision) } + puts
    }
}
