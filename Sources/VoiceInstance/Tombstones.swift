/// Remembers with which epoch guilds were given up, so that what is late is refused.
struct Tombstones: Sendable {
    /// Beyond, the oldest is forgotten.
    static let maximum = 16_384

    private var epochs: [Snowflake: UInt64] = [:]
    private var order: [Snowflake] = []

    subscript(guild: Snowflake) -> UInt64? { epochs[guild] }

    mutating func bury(_ guild: Snowflake, epoch: UInt64) {
        if epochs.updateValue(epoch, forKey: guild) == nil { order.append(guild) }
        guard order.count > Self.maximum else { return }
        // A quarter at once, so that an array that is full costs little.
        for old in order.prefix(Self.maximum / 4) { epochs[old] = nil }
        order.removeFirst(Self.maximum / 4)
    }

    mutating func raise(_ guild: Snowflake) {
        if epochs.removeValue(forKey: guild) != nil { order.removeAll { $0 == guild } }
    }
}
