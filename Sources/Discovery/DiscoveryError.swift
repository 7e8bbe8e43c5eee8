/// Why a store does not do what it was asked to.
public enum DiscoveryError: Error, Sendable, Hashable {
    /// Nobody answered in time, or said to come back later. **Whether a change took effect is not known**: who must
    /// know reads the key, or makes changes that may be made twice (conditions on revisions see to that).
    case unavailable(String)
    /// The history from the revision asked for is gone: range, then watch from the range's revision on.
    case compacted(oldest: Revision?)
    /// The store has not come as far as the revision from which to watch: it was emptied or restored, or a member of
    /// the cluster lags. Range, then watch from there.
    case revisionAhead(current: Revision)
    /// Whoever watches was so slow that more waited than may wait: range, then watch from there.
    case fellBehind(maximumEvents: Int, maximumBytes: Int)
    /// It has lapsed, was revoked, or never was.
    case leaseNotFound(LeaseID)
    /// No room for it; nothing was changed, and what was there can be read.
    case storageFull(String)
    /// The disk fails; nothing was changed.
    case storageFailed(String)
    /// What is kept, or what was answered, makes no sense.
    case corrupt(String)
    /// Name, password, permission or certificate are not accepted.
    case unauthorised(String)
    /// No store does such a thing, whenever it is asked.
    case invalid(String)
    /// By `close()`.
    case closed
    /// The task was cancelled; whether a change took effect is not known.
    case cancelled
}

extension DiscoveryError {
    /// Whether a watch that ended so goes on from a new range, and at once.
    package var wantsRange: Bool {
        switch self {
        case .compacted, .revisionAhead, .fellBehind: true
        default: false
        }
    }

    /// Whether there is no sense in trying again.
    package var isFinal: Bool {
        switch self {
        case .invalid, .closed, .cancelled: true
        default: false
        }
    }
}

extension DiscoveryError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .unavailable(let text): text
        case .compacted(let oldest?):
            "the history before revision \(oldest) is compacted: read the keys anew and watch from there"
        case .compacted(nil): "this part of the history is compacted: read the keys anew and watch from there"
        case .revisionAhead(let current):
            "the store is at revision \(current) only, it was emptied or restored: read the keys anew and watch from there"
        case .fellBehind(let events, let bytes):
            "changes were not taken as fast as they came, more than \(events) or \(bytes >> 10) KiB of them waited: "
                + "read the keys anew and watch from there"
        case .leaseNotFound(let lease): "lease \(lease) has lapsed or was revoked: grant another and put its keys anew"
        case .storageFull(let text), .storageFailed(let text), .corrupt(let text), .unauthorised(let text),
            .invalid(let text):
            text
        case .closed: "the store was closed by this program"
        case .cancelled: "cancelled"
        }
    }
}
