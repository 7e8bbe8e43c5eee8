import Discovery

/// What one line of a watch says.
enum EtcdWatchLine: Equatable {
    /// The watch stands; how far the member that answers has come.
    case created(Revision)
    /// Whole revisions, in order.
    case events([WatchBatch])
    /// Nothing happened up to and with this revision.
    case progress(Revision)
    /// The watch is over.
    case ended(EtcdRefusal)
    case compacted(oldest: Revision)

    /// - Throws: `corrupt`.
    init(_ bytes: [UInt8], prefix: DiscoveryKey, _ what: String) throws(DiscoveryError) {
        let line = try EtcdAnswer.decode(EtcdAnswer.Streamed<EtcdAnswer.Watch>.self, bytes, what)
        if let trouble = line.error {
            self = .ended(EtcdRefusal(trouble, status: 200))
            return
        }
        guard let watch = line.result else { throw .corrupt("\(what): etcd's answer is empty") }
        if let compacted = watch.compactRevision?.value, compacted > 0 {
            self = .compacted(oldest: Revision(compacted))
        } else if watch.canceled ?? false {
            self = .ended(EtcdRefusal(code: nil, message: watch.cancelReason ?? "", status: 200))
        } else if watch.created ?? false {
            self = .created(try EtcdAnswer.revision(watch.header, what))
        } else if let events = watch.events, !events.isEmpty {
            self = .events(try Self.batches(events, prefix: prefix, what))
        } else {
            self = .progress(try EtcdAnswer.revision(watch.header, what))
        }
    }

    private static func batches(
        _ events: [EtcdAnswer.Watch.Event], prefix: DiscoveryKey, _ what: String
    ) throws(DiscoveryError) -> [WatchBatch] {
        var batches: [WatchBatch] = []
        for event in events {
            let event = try keyEvent(event, what)
            guard event.key.hasPrefix(prefix) else {
                throw .corrupt("\(what): etcd tells of '\(event.key)', which was not asked for")
            }
            guard event.revision >= batches.last?.revision ?? .none else {
                throw .corrupt("\(what): etcd's events are not in order")
            }
            if batches.last?.revision == event.revision {
                batches[batches.count - 1].events.append(event)
            } else {
                batches.append(WatchBatch(revision: event.revision, events: [event]))
            }
        }
        return batches
    }

    private static func keyEvent(
        _ event: EtcdAnswer.Watch.Event, _ what: String
    ) throws(DiscoveryError) -> KeyEvent {
        guard let pair = event.kv else { throw .corrupt("\(what): etcd tells of an event without a key") }
        switch event.type {
        case nil, "PUT": return .put(try EtcdAnswer.keyValue(pair, what))
        case "DELETE":
            guard let key = pair.key, !key.isEmpty, let revision = pair.modRevision?.value, revision > 0 else {
                throw .corrupt("\(what): etcd tells of half a deletion")
            }
            return .delete(DiscoveryKey(bytes: Array(key)), at: Revision(revision))
        case let other?: throw .corrupt("\(what): etcd tells of an event of type '\(other)'")
        }
    }
}
