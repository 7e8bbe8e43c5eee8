import Discovery
import FoundationEssentials

/// A call of etcd's JSON gateway: where to, and the body. Bytes go as base64, 64-bit numbers as strings.
struct EtcdRequest: Sendable {
    var path: String
    var body: String
    /// Whether it does no harm to ask twice.
    var isRepeatable: Bool
    /// For errors.
    var what: String

    static func get(_ key: DiscoveryKey) -> EtcdRequest {
        EtcdRequest(
            path: "/v3/kv/range", body: #"{"key":"\#(key.base64)"}"#, isRepeatable: true, what: "reading '\(key)'")
    }

    /// A page of the keys from `start` to the end of `prefix`.
    /// - Parameter revision: as of which; the newest if nil.
    static func page(
        of prefix: DiscoveryKey, from start: DiscoveryKey, at revision: Revision?, limit: Int
    ) -> EtcdRequest {
        let revision = revision.map { #","revision":"\#($0)""# } ?? ""
        return EtcdRequest(
            path: "/v3/kv/range",
            body: """
                {"key":"\(start.asStart)","range_end":"\(prefix.asEnd)","limit":"\(limit)"\(revision)}
                """,
            isRepeatable: true, what: "reading the keys of '\(prefix)'")
    }

    /// If it is refused, the conditions' keys are read.
    static func transact(_ transaction: KeyTransaction) -> EtcdRequest {
        let compare = transaction.conditions.map(\.comparison).joined(separator: ",")
        let success = transaction.operations.map(\.request).joined(separator: ",")
        let failure = transaction.conditions.map { #"{"request_range":{"key":"\#($0.key.base64)"}}"# }
            .joined(separator: ",")
        let first = transaction.operations.first?.key ?? transaction.conditions.first?.key ?? ""
        return EtcdRequest(
            path: "/v3/kv/txn", body: #"{"compare":[\#(compare)],"success":[\#(success)],"failure":[\#(failure)]}"#,
            isRepeatable: transaction.operations.isEmpty, what: "changing '\(first)'")
    }

    /// One that was granted and not heard of lapses by itself.
    static func grant(seconds: Int64) -> EtcdRequest {
        EtcdRequest(
            path: "/v3/lease/grant", body: #"{"TTL":"\#(seconds)"}"#, isRepeatable: true, what: "granting a lease")
    }

    static func keepAlive(_ lease: LeaseID) -> EtcdRequest {
        EtcdRequest(
            path: "/v3/lease/keepalive", body: #"{"ID":"\#(lease.number)"}"#, isRepeatable: true,
            what: "keeping lease \(lease) alive")
    }

    static func revoke(_ lease: LeaseID) -> EtcdRequest {
        EtcdRequest(
            path: "/v3/lease/revoke", body: #"{"ID":"\#(lease.number)"}"#, isRepeatable: false,
            what: "revoking lease \(lease)")
    }

    static func watch(_ prefix: DiscoveryKey, from revision: Revision) -> EtcdRequest {
        EtcdRequest(
            path: "/v3/watch",
            body: """
                {"create_request":{"key":"\(prefix.asStart)","range_end":"\(prefix.asEnd)",\
                "start_revision":"\(revision)","progress_notify":true}}
                """,
            isRepeatable: true, what: "watching '\(prefix)'")
    }

    static func authenticate(_ login: EtcdLogin) throws(DiscoveryError) -> EtcdRequest {
        struct Body: Encodable { var name, password: String }
        do {
            let body = try JSONEncoder().encode(Body(name: login.name, password: login.password))
            return EtcdRequest(
                path: "/v3/auth/authenticate", body: String(decoding: body, as: UTF8.self), isRepeatable: true,
                what: "logging in as '\(login.name)'")
        } catch {
            throw .invalid("name and password for etcd cannot be written as JSON: \(error)")
        }
    }
}

extension DiscoveryKey {
    fileprivate var base64: String { Data(bytes).base64EncodedString() }

    /// Where a range begins; etcd has no empty key, the least is one byte 0.
    fileprivate var asStart: String { bytes.isEmpty ? "AA==" : base64 }

    /// Where the range of a prefix ends; a byte 0 stands for the end of all keys.
    fileprivate var asEnd: String { endOfPrefix?.base64 ?? "AA==" }
}

extension KeyCondition {
    fileprivate var comparison: String {
        let key = key.base64
        return switch self {
        case .unchanged(_, let revision):
            #"{"key":"\#(key)","target":"MOD","result":"EQUAL","mod_revision":"\#(revision)"}"#
        case .absent: #"{"key":"\#(key)","target":"CREATE","result":"EQUAL","create_revision":"0"}"#
        case .present: #"{"key":"\#(key)","target":"CREATE","result":"GREATER","create_revision":"0"}"#
        }
    }
}

extension KeyOperation {
    fileprivate var request: String {
        switch self {
        case .put(let key, let value, let lease):
            let lease = lease.map { #","lease":"\#($0.number)""# } ?? ""
            return #"{"request_put":{"key":"\#(key.base64)","value":"\#(Data(value).base64EncodedString())"\#(lease)}}"#
        case .delete(let key): return #"{"request_delete_range":{"key":"\#(key.base64)"}}"#
        }
    }
}
