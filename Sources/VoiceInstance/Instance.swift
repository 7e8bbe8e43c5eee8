import LiveRoom
import PacketCapture

/// All that one voice server instance knows and decides: guilds, sessions of the voice gateway, who is let in. Sans-IO:
/// events go in with their times, what is to be done comes out.
///
/// Times are nanoseconds of one clock that only grows. Randomness comes from the generator it is given alone, so the same
/// input gives the same output.
public struct Instance: ~Copyable, Sendable {
    public let configuration: InstanceConfiguration

    let shards: [MediaAddress]
    let pipelines: PipelineCatalog
    var random: any RandomNumberGenerator & Sendable
    var counts = InstanceStatistics()
    var actions: [InstanceAction] = []

    var connections: [ConnectionID: GatewayConnection] = [:]
    var sessions: [SessionNumber: GatewaySession] = [:]
    var guilds: [Snowflake: Guild] = [:]
    var rooms: [RoomID: Room] = [:]
    var members: [MemberID: Member] = [:]
    var tombstones = Tombstones()

    var addresses = AddressTable()
    var placement: Placement
    var ssrcs = SSRCTable()
    var deadlines = DeadlineQueue()
    private var lastNumber: UInt64 = 0

    public private(set) var isDraining = false
    var isStopped = false

    /// - Parameters:
    ///   - shards: where clients reach the media of each shard; at least one.
    ///   - random: secrets come from it: `SystemRandomNumberGenerator` wherever there is a network.
    public init(
        _ configuration: InstanceConfiguration = InstanceConfiguration(), shards: [MediaAddress],
        pipelines: PipelineCatalog, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        precondition(!shards.isEmpty)
        self.configuration = configuration
        self.shards = shards
        self.pipelines = pipelines
        self.random = random
        placement = Placement(
            shards: shards.count, maximumLoad: configuration.maximumLoad, loadPerMember: configuration.loadPerMember)
    }

    var limits: InstanceLimits { configuration.limits }

    /// For members and sessions.
    mutating func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    /// What is to be done, in order; the owner calls this after each event.
    public mutating func takeActions() -> [InstanceAction] {
        defer { actions.removeAll(keepingCapacity: actions.count <= 1024) }
        return actions
    }

    // MARK: Time

    /// When `advance` is to be called next, if nothing else happens; may be too early.
    public var nextDeadline: Int64? { deadlines.earliest }

    public mutating func advance(to now: Int64) {
        while let subject = deadlines.next(upTo: now) {
            switch subject {
            case .connection(let connection): connectionIsDue(connection, at: now)
            case .session(let session): sessionIsDue(session, at: now)
            }
        }
    }

    // MARK: Coming and going

    /// Lets nobody else in. Who is there stays.
    public mutating func drain() { isDraining = true }

    /// Whether a draining instance has nobody left.
    public var isDrained: Bool { isDraining && members.isEmpty }

    /// Ends everything for good: clients are told to resume (4015), which tells them soon whether anybody is there;
    /// rooms are closed. To send clients elsewhere, delete their guilds before.
    public mutating func stop(at now: Int64) {
        isDraining = true
        isStopped = true
        for guild in guilds.keys.sorted() {
            remove(guild, code: .serverCrashed, reason: "the voice server stops", at: now)
        }
        for connection in connections.keys.sorted(by: { $0.number < $1.number }) {
            close(connection, .serverCrashed, "the voice server stops", at: now)
        }
        deadlines.removeAll()
    }

    /// Whether there is nobody and nothing left, but for the memory of what was deleted.
    var isEmpty: Bool {
        connections.isEmpty && sessions.isEmpty && guilds.isEmpty && rooms.isEmpty && members.isEmpty && ssrcs.isEmpty
            && addresses.isEmpty && placement.isEmpty
    }

    /// Entries of the queue of deadlines.
    var watched: Int { deadlines.count }

    /// nil if the instance may be given guilds; else why not.
    public var whyNotReady: String? {
        if isStopped { return "stopped" }
        if isDraining { return "draining" }
        if guilds.count >= limits.guilds { return "\(limits.guilds) guilds are the most" }
        if rooms.count >= limits.rooms { return "\(limits.rooms) rooms are the most" }
        if members.count >= limits.members { return "\(limits.members) members are the most" }
        if placement.isOverloaded { return "every shard is loaded to \(configuration.maximumLoad) or more" }
        return nil
    }
}
