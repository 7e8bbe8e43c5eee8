import Discovery

/// What etcd says when it does not do something: gRPC's code, and a message, which alone tells some things apart.
struct EtcdRefusal: Equatable, Sendable {
    /// Of gRPC; nil where none was given.
    var code: Int?
    var message: String
    /// Of HTTP.
    var status: Int

    init(code: Int?, message: String, status: Int) {
        (self.code, self.status) = (code, status)
        self.message = String(message.prefix(300))
    }

    init(_ trouble: EtcdAnswer.Trouble, status: Int) {
        self.init(
            code: trouble.code ?? trouble.grpcCode, message: trouble.message ?? trouble.error ?? "", status: status)
    }

    /// From an answer whose status is not 200; it may come from something else than etcd.
    init(body: [UInt8], status: Int) {
        if let trouble = try? EtcdAnswer.decode(EtcdAnswer.Trouble.self, body, ""),
            trouble.message ?? trouble.error != nil
        {
            self.init(trouble, status: status)
        } else {
            self.init(code: nil, message: String(decoding: body.prefix(200), as: UTF8.self), status: status)
        }
    }

    /// A new token may help. Watches are refused with 'permission denied' in place of it.
    func wantsLogin(isWatch: Bool) -> Bool {
        code == 16 || says("invalid auth token") || says("auth store is old") || says("user name is empty")
            || isWatch && says("permission denied")
    }

    /// Refused before anything was proposed to the cluster: it may be asked of another member.
    var isSurelyNotDone: Bool { says("no leader") }

    /// Logging in is of no use.
    var saysAuthIsOff: Bool { says("authentication is not enabled") }

    func says(_ text: String) -> Bool { message.contains(text) }

    /// - Parameter what: what was asked, and of whom.
    func error(_ what: String, lease: LeaseID? = nil) -> DiscoveryError {
        let said = message.isEmpty ? "status \(status)" : message
        if says("database space exceeded") {
            return .storageFull(
                "\(what): etcd's database is full ('\(said)'); compact and defragment it, then 'etcdctl alarm disarm'")
        }
        if says("has been compacted") { return .compacted(oldest: nil) }
        if says("requested lease not found"), let lease { return .leaseNotFound(lease) }
        if says("authentication failed") {
            return .unauthorised("\(what): etcd knows no such name and password ('\(said)')")
        }
        if says("permission denied") || wantsLogin(isWatch: false) || code == 7 {
            return .unauthorised("\(what): etcd does not permit it ('\(said)'); see to the login and its roles")
        }
        if says("is too large") || says("too many operations") || says("duplicate key") || code == 3 {
            return .invalid("\(what): etcd refuses it ('\(said)')")
        }
        if says("CORRUPT") || code == 15 { return .corrupt("\(what): etcd's data are damaged ('\(said)')") }
        if status == 404 && code == nil {
            return .invalid("\(what): there is no JSON gateway of etcd 3.4 or newer there ('\(said)')")
        }
        return .unavailable("\(what): etcd does not do it now ('\(said)'); it is tried again by whoever needs it")
    }
}
