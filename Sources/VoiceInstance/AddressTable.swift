import PacketCapture

/// What came from each address lately, to be limited. Of IPv6 the first 64 bits count: the rest a client chooses itself.
struct AddressTable: Sendable {
    struct Key: Hashable, Sendable {
        private let high: UInt64
        private let low: UInt64

        init(_ endpoint: Endpoint) {
            high = endpoint.high
            low = endpoint.ipv4 == nil ? 0 : endpoint.low
        }
    }

    private struct Entry {
        var connections = 0
        var opens = TokenBucket()
        var identifies = TokenBucket()
    }

    /// Addresses without a connection that are remembered; beyond, all of them are forgotten.
    static let maximumIdle = 65_536

    private var entries: [Key: Entry] = [:]
    private var idle = 0

    var isEmpty: Bool { entries.count == idle }

    /// - Returns: whether one more may be opened from there; it is counted then.
    mutating func opens(_ key: Key, _ limits: InstanceLimits, at now: Int64) -> Bool {
        if idle >= Self.maximumIdle { forgetIdle() }
        var entry = entries[key] ?? Entry()
        let wasIdle = entries[key] != nil && entry.connections == 0
        let isNew = entries[key] == nil
        let isAllowed = entry.opens.takes(limits.opens, at: now) && entry.connections < limits.connectionsPerAddress
        if isAllowed {
            entry.connections += 1
            if wasIdle { idle -= 1 }
        } else if isNew {
            idle += 1
        }
        entries[key] = entry
        return isAllowed
    }

    mutating func identifies(_ key: Key, _ limits: InstanceLimits, at now: Int64) -> Bool {
        entries[key]?.identifies.takes(limits.identifies, at: now) ?? true
    }

    mutating func closed(_ key: Key, at now: Int64) {
        guard var entry = entries[key] else { return }
        entry.connections -= 1
        if entry.connections == 0 {
            if entry.opens.isFull(at: now) && entry.identifies.isFull(at: now) {
                entries[key] = nil
                return
            }
            idle += 1
        }
        entries[key] = entry
    }

    private mutating func forgetIdle() {
        entries = entries.filter { $0.value.connections > 0 }
        idle = 0
    }
}
