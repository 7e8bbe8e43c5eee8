public import Discovery

/// Where etcd is, and how to get in.
public struct EtcdConfiguration: Sendable, Hashable {
    /// The client URLs of one cluster's members, `http://host:2379` or `https://host:2379`; one that does not answer is
    /// left for the next.
    public var endpoints: [String]
    public var tls: EtcdTLS
    public var login: EtcdLogin?
    /// How long a call may take with all its attempts.
    public var timeout: Duration
    /// How long one connection may take to come about.
    public var connectTimeout: Duration
    /// A watch that hears nothing for so long asks anew from where it stands: it loses nothing, and finds out about a
    /// server that is gone without a word.
    public var quietLimit: Duration
    /// Then further ones end as `unavailable`; each has a connection.
    public var maximumWatches: Int
    /// What may wait for one who watches.
    public var watch: WatchLimits

    public init(
        endpoints: [String], tls: EtcdTLS = EtcdTLS(), login: EtcdLogin? = nil, timeout: Duration = .seconds(5),
        connectTimeout: Duration = .seconds(2), quietLimit: Duration = .seconds(10), maximumWatches: Int = 256,
        watch: WatchLimits = WatchLimits()
    ) {
        (self.endpoints, self.tls, self.login) = (endpoints, tls, login)
        (self.timeout, self.connectTimeout, self.quietLimit) = (timeout, connectTimeout, quietLimit)
        (self.maximumWatches, self.watch) = (maximumWatches, watch)
    }

    func validate() throws(DiscoveryError) {
        guard (1...16).contains(endpoints.count) else {
            throw .invalid("1 to 16 endpoints of etcd are needed, as 'http://127.0.0.1:2379', not \(endpoints.count)")
        }
        for endpoint in endpoints {
            let parts = endpoint.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[0] == "http" || parts[0] == "https", !parts[1].isEmpty,
                parts[1].utf8.allSatisfy({ $0 > 32 && $0 < 127 && !"/?#@\\".utf8.contains($0) })
            else { throw .invalid("'\(endpoint)' is no endpoint of etcd: write 'https://host:2379', without a path") }
        }
        guard timeout > .zero, connectTimeout > .zero, quietLimit > .zero, maximumWatches > 0 else {
            throw .invalid("the times and numbers of an etcd configuration are greater than 0")
        }
    }
}

/// Whom to trust for `https`, and how to be trusted.
public struct EtcdTLS: Sendable, Hashable {
    /// A PEM file of the authorities that sign etcd's certificate; the system's if nil.
    public var authorities: String?
    /// A PEM file of this client's certificate, and what leads from it to an authority; with its key.
    public var certificate: String?
    /// A PEM file.
    public var key: String?

    public init(authorities: String? = nil, certificate: String? = nil, key: String? = nil) {
        (self.authorities, self.certificate, self.key) = (authorities, certificate, key)
    }
}

public struct EtcdLogin: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible {
    public var name: String
    public var password: String

    public init(name: String, password: String) { (self.name, self.password) = (name, password) }

    /// Without the password.
    public var description: String { "login '\(name)'" }
    public var debugDescription: String { description }
}
