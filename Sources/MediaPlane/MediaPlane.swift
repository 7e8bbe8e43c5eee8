import CDatagrams
public import LiveRoom
public import PacketCapture
import Synchronization

/// What a media plane is made for.
public struct MediaPlaneConfiguration: Sendable {
    /// Shards that there are at most.
    public static let maximumShards = 256

    /// One for each processor that this process may use.
    public var shards = Int(parley_processor_count())
    /// For each shard. The endpoint's port is the first one's, and each other's is one more; 0: each has any free one.
    public var thread: ShardThreadConfiguration
    /// Each shard runs on a processor of its own, as far as they go.
    public var pinsThreads = false
    /// Whether an idle thread measures what the machine's timers are like, for comparison.
    public var probesIdleTimer = false

    public init(endpoint: Endpoint) { thread = ShardThreadConfiguration(endpoint: endpoint) }

    func thread(_ index: Int) -> ShardThreadConfiguration {
        var result = thread
        let first = thread.endpoint
        let port = first.port == 0 ? 0 : first.port &+ UInt16(truncatingIfNeeded: index)
        result.endpoint = Endpoint(high: first.high, low: first.low, port: port)
        if pinsThreads { result.scheduling.processor = index % Int(parley_processor_count()) }
        return result
    }
}

/// What comes out of a media plane.
public enum MediaPlaneEvent: Sendable {
    case shard(ShardEvent)
    /// Once a second from each shard.
    case health(ShardHealth)
}

/// The threads that media goes through: shards, each with its socket, and one more that delivers what they have to tell.
public final class MediaPlane: Sendable {
    /// By shard.
    public let endpoints: [Endpoint]
    /// What the system did not give as it was asked: one line each, with what to do.
    public let warnings: [String]
    private let shards: [ShardThread]
    private let delivery: EventDelivery
    private let probe: IdleTimerProbe?

    /// Starts the threads.
    /// - Parameters:
    ///   - tap: for the shard of that number, if what it gets is to be seen.
    ///   - deliver: gets the number of a shard and what it tells, in order, always on the same thread. It should hand
    ///     them on and return: while it does not, events wait in bounded queues. It must not call `stop`.
    public init(
        _ configuration: MediaPlaneConfiguration, tap: (Int) -> (any ShardTap)? = { _ in nil },
        deliver: @escaping @Sendable (_ shard: Int, _ event: MediaPlaneEvent) -> Void
    ) throws(MediaPlaneError) {
        let wake = try WakeEvent()
        let steal = StealMeter()
        var shards: [ShardThread] = []
        for index in 0..<min(max(configuration.shards, 1), MediaPlaneConfiguration.maximumShards) {
            let thread = configuration.thread(index)
            shards.append(
                try ShardThread(index: index, configuration: thread, wake: wake, steal: steal, tap: tap(index)) {
                    Shard(thread.shard)
                })
        }
        self.shards = shards
        endpoints = shards.map(\.endpoint)
        var seen: Set<String> = []
        warnings = shards.flatMap(\.warnings).filter { seen.insert($0).inserted }
        probe =
            configuration.probesIdleTimer
            ? try IdleTimerProbe(scheduling: configuration.thread.scheduling) : nil
        delivery = try EventDelivery(shards.map(\.outbox), wake: wake, steal: steal, deliver)
    }

    public var shardCount: Int { shards.count }

    /// From any thread.
    public func post(_ command: ShardCommand, to shard: Int) -> PostOutcome { shards[shard].post(command) }

    /// What an idle thread saw of timers so far; nil if that is not asked for.
    public var idleLateness: DurationHistogram? { probe?.lateness }

    /// Carries out the commands that wait, ends the threads, and returns when the last event has been delivered.
    public func stop() {
        for shard in shards { shard.stop() }
        delivery.stop()
        probe?.stop()
    }
}
