import Discovery
import FoundationEssentials

/// From what was written to what it means. Pure; every way in which an answer can be wrong is a named error.
extension EtcdAnswer {
    static func get(_ key: DiscoveryKey, _ bytes: [UInt8], _ what: String) throws(DiscoveryError) -> KeyValue? {
        try only(key, of: try decode(Range.self, bytes, what), what)
    }

    private static func only(
        _ key: DiscoveryKey, of range: Range?, _ what: String
    ) throws(DiscoveryError) -> KeyValue? {
        guard let pair = range?.kvs?.first else { return nil }
        let value = try keyValue(pair, what)
        guard value.key == key else { throw .corrupt("\(what): etcd answers '\(value.key)', which was not asked for") }
        return value
    }

    /// - Returns: a page, and whether there is more after it.
    static func page(_ bytes: [UInt8], _ what: String) throws(DiscoveryError) -> (page: PrefixSnapshot, more: Bool) {
        let range = try decode(Range.self, bytes, what)
        var values: [KeyValue] = []
        for pair in range.kvs ?? [] { values.append(try keyValue(pair, what)) }
        let isSorted = zip(values, values.dropFirst()).allSatisfy { $0.key < $1.key }
        guard isSorted else { throw .corrupt("\(what): etcd's keys are not in order") }
        let more = range.more ?? false
        guard !more || !values.isEmpty else { throw .corrupt("\(what): etcd promises more after nothing") }
        return (PrefixSnapshot(revision: try revision(range.header, what), values: values), more)
    }

    /// - Parameter conditions: of the transaction.
    static func transaction(
        _ bytes: [UInt8], _ conditions: [KeyCondition], _ what: String
    ) throws(DiscoveryError) -> TransactionOutcome {
        let answer = try decode(Transaction.self, bytes, what)
        let revision = try revision(answer.header, what)
        if answer.succeeded ?? false { return .done(revision) }
        let responses = answer.responses ?? []
        guard responses.count == conditions.count else {
            throw .corrupt("\(what): etcd answers \(responses.count) of \(conditions.count) reads")
        }
        var current: [KeyValue?] = []
        for (condition, response) in zip(conditions, responses) {
            current.append(try only(condition.key, of: response.responseRange, what))
        }
        return .refused(revision, current: current)
    }

    static func grant(_ bytes: [UInt8], _ what: String) throws(DiscoveryError) -> Lease {
        let grant = try decode(Grant.self, bytes, what)
        guard let id = grant.id?.value, id != 0, let time = grant.timeToLive?.value, (1...1_000_000_000).contains(time)
        else {
            throw .corrupt("\(what): etcd grants no usable lease")
        }
        return Lease(id: LeaseID(id), timeToLive: .seconds(time))
    }

    /// A lease that is no more has no time to live.
    static func keepAlive(_ bytes: [UInt8], _ lease: LeaseID, _ what: String) throws(DiscoveryError) -> Duration {
        let answer = try decode(Streamed<Grant>.self, bytes, what)
        if let trouble = answer.error { throw EtcdRefusal(trouble, status: 200).error(what, lease: lease) }
        guard let result = answer.result, result.id?.value == lease.number else {
            throw .corrupt("\(what): etcd's answer is about another lease")
        }
        let time = result.timeToLive?.value ?? 0
        guard time > 0 else { throw .leaseNotFound(lease) }
        guard time <= 1_000_000_000 else { throw .corrupt("\(what): etcd says it lives \(time) s") }
        return .seconds(time)
    }

    static func token(_ bytes: [UInt8], _ what: String) throws(DiscoveryError) -> String {
        let token = try decode(Login.self, bytes, what).token ?? ""
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw .corrupt("\(what): etcd's token is no token")
        }
        return token
    }

    static func revision(_ header: Header?, _ what: String) throws(DiscoveryError) -> Revision {
        guard let number = header?.revision?.value, number > 0 else {
            throw .corrupt("\(what): etcd does not say its revision")
        }
        return Revision(number)
    }

    static func keyValue(_ pair: Pair, _ what: String) throws(DiscoveryError) -> KeyValue {
        guard let key = pair.key, !key.isEmpty, let created = pair.createRevision?.value,
            let modified = pair.modRevision?.value, let version = pair.version?.value,
            created > 0, modified >= created, version > 0
        else { throw .corrupt("\(what): etcd answers half a key") }
        let lease = pair.lease?.value ?? 0
        return KeyValue(
            key: DiscoveryKey(bytes: Array(key)), value: Array(pair.value ?? .init()),
            createRevision: Revision(created), modRevision: Revision(modified), version: version,
            lease: lease == 0 ? nil : LeaseID(lease))
    }
}
