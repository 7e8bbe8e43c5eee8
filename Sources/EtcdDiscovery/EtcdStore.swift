public import Discovery
import Synchronization

/// A discovery store in an etcd cluster (3.4 or newer), through its JSON gateway over HTTP/1.1.
public final class EtcdStore: DiscoveryStore {
    /// Keys of a page of a range.
    private static let pageLength = 1000

    let caller: EtcdCaller
    let watchers = Mutex<[Int: WatchQueue]>([:])

    /// Asks nothing yet: whether etcd is there, the first call shows.
    /// - Throws: `invalid`, if endpoints or certificates cannot be used.
    public init(_ configuration: EtcdConfiguration) throws(DiscoveryError) {
        caller = try EtcdCaller(configuration)
    }

    deinit {
        guard caller.close() else { return }
        endWatches()
        Task { [transport = caller.transport] in await transport.shutDown() }
    }

    /// Ends watches and connections. Calls that are made later fail as `closed`.
    public func close() async {
        guard caller.close() else { return }
        endWatches()
        await Task { [transport = caller.transport] in await transport.shutDown() }.value
    }

    private func endWatches() { for queue in watchers.withLock({ Array($0.values) }) { queue.finish(.closed) } }

    public func get(_ key: DiscoveryKey) async throws(DiscoveryError) -> KeyValue? {
        try key.validate()
        let request = EtcdRequest.get(key)
        return try EtcdAnswer.get(key, try await call(request), request.what)
    }

    public func range(_ prefix: DiscoveryKey) async throws(DiscoveryError) -> PrefixSnapshot {
        var (start, all) = (prefix, PrefixSnapshot?.none)
        while true {
            let request = EtcdRequest.page(of: prefix, from: start, at: all?.revision, limit: Self.pageLength)
            let (page, more) = try EtcdAnswer.page(try await call(request), request.what)
            guard page.values.allSatisfy({ $0.key >= start && $0.key.hasPrefix(prefix) }) else {
                throw .corrupt("\(request.what): etcd answers keys that were not asked for")
            }
            // The later pages are as of the first one's revision; what they say is the newest.
            let revision = all?.revision ?? page.revision
            all = PrefixSnapshot(revision: revision, values: (all?.values ?? []) + page.values)
            guard all?.values.count ?? 0 <= PrefixSnapshot.maximumKeys else { throw .tooManyKeys(prefix) }
            guard more, let last = page.values.last else { break }
            start = DiscoveryKey(bytes: last.key.bytes + [0])
        }
        return all ?? PrefixSnapshot(revision: .none, values: [])
    }

    public func transact(_ transaction: KeyTransaction) async throws(DiscoveryError) -> TransactionOutcome {
        try transaction.validate()
        let request = EtcdRequest.transact(transaction)
        let leases = transaction.operations.compactMap { operation in
            if case .put(_, _, let lease) = operation { lease } else { nil }
        }
        // Which of several leases is missing, etcd does not say.
        let answer = try await call(request, lease: leases.first)
        return try EtcdAnswer.transaction(answer, transaction.conditions, request.what)
    }

    public func grantLease(timeToLive: Duration) async throws(DiscoveryError) -> Lease {
        let request = EtcdRequest.grant(seconds: try Lease.wholeSeconds(timeToLive))
        return try EtcdAnswer.grant(try await call(request), request.what)
    }

    public func keepAlive(_ lease: LeaseID) async throws(DiscoveryError) -> Duration {
        let request = EtcdRequest.keepAlive(lease)
        return try EtcdAnswer.keepAlive(try await call(request, lease: lease), lease, request.what)
    }

    public func revoke(_ lease: LeaseID) async throws(DiscoveryError) {
        _ = try await call(.revoke(lease), lease: lease)
    }

    private func call(_ request: EtcdRequest, lease: LeaseID? = nil) async throws(DiscoveryError) -> [UInt8] {
        guard !caller.isClosed else { throw .closed }
        return try await caller.call(request, lease: lease)
    }
}
