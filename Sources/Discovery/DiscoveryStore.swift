/// A small store of keys that many processes read, watch and write: who is alive, how loaded, and who serves what.
///
/// Changes are linearizable. Calls may be made at the same time from any task; they end soon when their task is
/// cancelled, and by themselves after a time that the store bounds.
public protocol DiscoveryStore: Sendable {
    func get(_ key: DiscoveryKey) async throws(DiscoveryError) -> KeyValue?

    /// Every key that begins with `prefix`, as of one revision.
    /// - Throws: `invalid` if there are more than `PrefixSnapshot.maximumKeys`.
    func range(_ prefix: DiscoveryKey) async throws(DiscoveryError) -> PrefixSnapshot

    /// - Throws: `leaseNotFound` if a key was to be put with a lease that is no more; nothing is changed then.
    func transact(_ transaction: KeyTransaction) async throws(DiscoveryError) -> TransactionOutcome

    /// What happens to keys that begin with `prefix`, from `revision` (included) on: a batch without events once the
    /// watch stands, then one batch for every revision that touches the prefix, in order, none left out. A watch ends
    /// only with an error: `compacted`, `revisionAhead` and `fellBehind` ask for a new range; after `unavailable` it
    /// may be begun anew from where it stood. It stops when its iterator or its task goes away.
    func watch(_ prefix: DiscoveryKey, from revision: Revision) -> DiscoveryWatch

    /// - Parameter timeToLive: see `Lease.timesToLive`.
    func grantLease(timeToLive: Duration) async throws(DiscoveryError) -> Lease

    /// Begins the lease's time to live anew.
    /// - Returns: the time to live, counted from when the store got this.
    /// - Throws: `leaseNotFound` once it has lapsed.
    func keepAlive(_ lease: LeaseID) async throws(DiscoveryError) -> Duration

    /// Ends the lease and deletes its keys, in one revision.
    func revoke(_ lease: LeaseID) async throws(DiscoveryError)
}

extension DiscoveryStore {
    /// - Returns: the revision that the put made.
    @discardableResult
    public func put(
        _ key: DiscoveryKey, _ value: [UInt8], lease: LeaseID? = nil
    ) async throws(DiscoveryError) -> Revision {
        try await transact(KeyTransaction(then: [.put(key, value, lease: lease)])).revision
    }

    /// - Returns: the revision that the deletion made; the store's if there was no such key.
    @discardableResult
    public func delete(_ key: DiscoveryKey) async throws(DiscoveryError) -> Revision {
        try await transact(KeyTransaction(then: [.delete(key)])).revision
    }
}

extension TransactionOutcome {
    /// Of the store, after it.
    public var revision: Revision {
        switch self {
        case .done(let revision), .refused(let revision, _): revision
        }
    }

    public var isDone: Bool {
        if case .done = self { true } else { false }
    }
}
