public import Discovery

/// How much an `EmbeddedStore` keeps.
public struct EmbeddedConfiguration: Sendable, Hashable {
    /// The largest that the database may become, in bytes; then puts fail as `storageFull`.
    public var maximumSize: Int
    /// Events that are kept for watches that begin in the past; older ones are compacted.
    public var historyEvents: Int
    /// Bytes of keys and values in them.
    public var historyBytes: Int
    /// Then leases are refused as `storageFull`.
    public var maximumLeases: Int
    /// Then further ones end as `unavailable`.
    public var maximumWatches: Int
    /// What may wait for one who watches.
    public var watch: WatchLimits

    public init(
        maximumSize: Int = 1 << 30, historyEvents: Int = 10_000, historyBytes: Int = 16 << 20,
        maximumLeases: Int = 100_000, maximumWatches: Int = 10_000, watch: WatchLimits = WatchLimits()
    ) {
        self.maximumSize = maximumSize
        (self.historyEvents, self.historyBytes) = (historyEvents, historyBytes)
        (self.maximumLeases, self.maximumWatches, self.watch) = (maximumLeases, maximumWatches, watch)
    }
}
