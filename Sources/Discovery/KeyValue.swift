/// A point in a store's history. Every change makes a new revision, greater than all before; what one transaction
/// changes has one revision.
public struct Revision: Sendable, Hashable, Comparable, CustomStringConvertible {
    public var number: Int64

    /// Before everything.
    public static let none = Revision(0)

    public init(_ number: Int64) { self.number = number }

    /// From here on watches whoever has seen everything up to this one.
    public var next: Revision { Revision(number == .max ? .max : number + 1) }

    public static func < (left: Revision, right: Revision) -> Bool { left.number < right.number }

    public var description: String { String(number) }
}

/// What a key holds, and since when.
public struct KeyValue: Sendable, Hashable {
    /// The longest value that is kept.
    public static let maximumLength = 1 << 20

    public var key: DiscoveryKey
    public var value: [UInt8]
    /// When the key came to be, for the last time.
    public var createRevision: Revision
    /// When it was last put.
    public var modRevision: Revision
    /// How often it was put since it came to be; 1 is the first time.
    public var version: Int64
    /// With which it goes.
    public var lease: LeaseID?

    public init(
        key: DiscoveryKey, value: [UInt8], createRevision: Revision, modRevision: Revision, version: Int64,
        lease: LeaseID?
    ) {
        (self.key, self.value) = (key, value)
        (self.createRevision, self.modRevision) = (createRevision, modRevision)
        (self.version, self.lease) = (version, lease)
    }
}

/// Every key with a prefix, as of one revision.
public struct PrefixSnapshot: Sendable, Hashable {
    /// The most keys that a range or a mirror holds.
    public static let maximumKeys = 100_000

    /// Of the store, not of the newest key: who watches goes on from `revision.next`.
    public var revision: Revision
    /// In the order of their keys.
    public var values: [KeyValue]

    public init(revision: Revision, values: [KeyValue]) { (self.revision, self.values) = (revision, values) }
}

/// What happened to a key.
public enum KeyEvent: Sendable, Hashable {
    case put(KeyValue)
    /// Deleted, or gone with its lease.
    case delete(DiscoveryKey, at: Revision)

    public var key: DiscoveryKey {
        switch self {
        case .put(let value): value.key
        case .delete(let key, _): key
        }
    }

    public var revision: Revision {
        switch self {
        case .put(let value): value.modRevision
        case .delete(_, let revision): revision
        }
    }

    /// About how many bytes it takes while it waits.
    package var size: Int {
        switch self {
        case .put(let value): 128 + value.key.bytes.count + value.value.count
        case .delete(let key, _): 128 + key.bytes.count
        }
    }
}

/// What happened within a prefix in one revision, whole; or nothing, where a watch only tells how far it is.
public struct WatchBatch: Sendable, Hashable {
    /// Everything up to and with this revision has now been delivered.
    public var revision: Revision
    public var events: [KeyEvent]

    public init(revision: Revision, events: [KeyEvent]) { (self.revision, self.events) = (revision, events) }
}
