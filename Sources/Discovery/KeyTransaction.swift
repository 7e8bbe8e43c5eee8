/// What must be so for a transaction to take effect.
public enum KeyCondition: Sendable, Hashable {
    /// The key was last put in this revision; `Revision.none` is the same as `absent`.
    case unchanged(DiscoveryKey, since: Revision)
    case absent(DiscoveryKey)
    case present(DiscoveryKey)

    public var key: DiscoveryKey {
        switch self {
        case .unchanged(let key, _), .absent(let key), .present(let key): key
        }
    }

    package func holds(for current: KeyValue?) -> Bool {
        switch self {
        case .unchanged(_, let revision): (current?.modRevision ?? .none) == revision
        case .absent: current == nil
        case .present: current != nil
        }
    }
}

public enum KeyOperation: Sendable, Hashable {
    /// Without a lease the key stays, even if it had one before.
    case put(DiscoveryKey, [UInt8], lease: LeaseID? = nil)
    /// Does nothing if there is no such key.
    case delete(DiscoveryKey)

    public var key: DiscoveryKey {
        switch self {
        case .put(let key, _, _), .delete(let key): key
        }
    }
}

/// Operations that all take effect, in one revision, if every condition holds; else none does.
public struct KeyTransaction: Sendable, Hashable {
    /// The most conditions, and the most operations.
    public static let maximumOperations = 128
    /// The most bytes of all keys and values.
    public static let maximumSize = (1 << 20) + (1 << 16)

    public var conditions: [KeyCondition]
    public var operations: [KeyOperation]

    public init(if conditions: [KeyCondition] = [], then operations: [KeyOperation]) {
        (self.conditions, self.operations) = (conditions, operations)
    }

    /// - Throws: `invalid` for what no store does: see the maxima of keys, values and transactions; and each key may
    ///   be changed by one operation only.
    package func validate() throws(DiscoveryError) {
        guard max(conditions.count, operations.count) <= Self.maximumOperations else {
            throw .invalid("a transaction may have \(Self.maximumOperations) conditions and operations, not more")
        }
        var (changed, size) = (Set<DiscoveryKey>(), 0)
        for condition in conditions { try condition.key.validate() }
        for operation in operations {
            try operation.key.validate()
            guard changed.insert(operation.key).inserted else {
                throw .invalid("a transaction may change a key once: '\(operation.key)' is changed twice")
            }
            size += operation.key.bytes.count
            guard case .put(_, let value, _) = operation else { continue }
            guard value.count <= KeyValue.maximumLength else {
                throw .invalid(
                    "a value may have \(KeyValue.maximumLength) bytes, not \(value.count): '\(operation.key)'")
            }
            size += value.count
        }
        guard size <= Self.maximumSize else {
            throw .invalid("a transaction may have \(Self.maximumSize) bytes of keys and values, not \(size)")
        }
    }
}

extension DiscoveryKey {
    package func validate() throws(DiscoveryError) {
        guard (1...Self.maximumLength).contains(bytes.count) else {
            throw .invalid("a key has 1 to \(Self.maximumLength) bytes, not \(bytes.count): '\(self)'")
        }
    }
}

public enum TransactionOutcome: Sendable, Hashable {
    /// Done; the revision is the one it made, or the store's if there was nothing to change.
    case done(Revision)
    /// A condition does not hold: nothing was changed. What the conditions' keys hold instead, in their order.
    case refused(Revision, current: [KeyValue?])
}
