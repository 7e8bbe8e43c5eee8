import CDatagrams

/// Turns a shard's counters into its load, once a second. Belongs to the shard's thread.
///
/// What the shard itself does rises at once and falls slowly: who is let in is decided by it, and a load that is smoothed
/// on its way up lets in more than the shard can carry.
package struct LoadMeter {
    /// How often it looks, and over what time it smooths.
    package static let interval: Int64 = 1_000_000_000
    static let smoothing: Int64 = 4_000_000_000

    private let maximumPacketsPerSecond: Double
    private let frame: Double
    private var lastTime: Int64
    private var lastProcessor: Int64
    private var lastPackets = 0
    private var lastTicks = 0
    private var lastLateness: Int64 = 0
    package private(set) var load = ShardLoad()

    /// To be made on the shard's thread.
    package init(maximumPacketsPerSecond: Int, frame: Duration, now: Int64) {
        self.maximumPacketsPerSecond = Double(max(maximumPacketsPerSecond, 1))
        self.frame = max(frame / .nanoseconds(1), 1)
        lastTime = now
        lastProcessor = parley_clock_thread()
    }

    /// When it is to be updated.
    package var isDueAt: Int64 { lastTime + Self.interval }

    /// - Parameter health: is complete but for the load and the processor time.
    package mutating func update(_ health: inout ShardHealth, steal: Double) {
        let elapsed = Double(health.time - lastTime)
        guard elapsed > 0 else { return }
        health.processorTime = parley_clock_thread()
        let packets = health.socket.received + health.socket.sent
        let ticks = health.lateness.count - lastTicks
        let late = Double(health.lateness.sumNanoseconds - lastLateness)
        let weight = min(elapsed / Double(Self.smoothing), 1)
        func smooth(_ value: inout Double, _ new: Double) { value += (min(new, 1) - value) * weight }
        func follow(_ value: inout Double, _ new: Double) {
            if new > value { value = min(new, 1) } else { smooth(&value, new) }
        }
        follow(&load.processor, Double(health.processorTime - lastProcessor) / elapsed)
        smooth(&load.steal, steal)
        follow(&load.packets, Double(packets - lastPackets) / elapsed * 1e9 / maximumPacketsPerSecond)
        smooth(&load.lateness, ticks > 0 ? late / Double(ticks) / frame : 0)
        health.load = load
        lastTime = health.time
        lastProcessor = health.processorTime
        lastPackets = packets
        lastTicks = health.lateness.count
        lastLateness = health.lateness.sumNanoseconds
    }
}
