public import LiveRoom
public import PacketCapture

/// All that one voice server instance knows and decides: guilds, sessions of the voice gateway, who is let in. Sans-IO:
/// events go in with their times, what is to be done comes out.
///
/// Times are nanoseconds of one clock that only grows. Randomness comes from the generator it is given alone, so the same
/// input gives the same output.
public struct Instance: ~Copyable, Sendable {
    public let configuration: InstanceConfiguration
    public private(set) var statistics = InstanceStatistics()

    /// - Parameters:
    ///   - shards: where clients reach the media of each shard; at least one.
    ///   - random: secrets come from it: `SystemRandomNumberGenerator` wherever there is a network.
    public init(
        _ configuration: InstanceConfiguration = InstanceConfiguration(), shards: [MediaAddress],
        pipelines: PipelineCatalog, random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) {
        precondition(!shards.isEmpty)
        self.configuration = configuration
    }

    // MARK: Connections

    /// A WebSocket is open.
    /// - Parameters:
    ///   - version: the query's `v`; nil: 4.
    ///   - address: of the client, for limits; its port does not count.
    public mutating func opened(_ connection: ConnectionID, version: String?, address: Endpoint, at now: Int64) {}

    /// A whole text message. Of one that is too long the owner need not hand in more than `limits.messageBytes + 1` bytes.
    public mutating func received(_ text: [UInt8], on connection: ConnectionID, at now: Int64) {}

    /// A WebSocket is closed, by whomever.
    public mutating func closed(_ connection: ConnectionID, at now: Int64) {}

    /// More than `limits.unsentBytes` wait for a client to read them.
    public mutating func stalled(_ connection: ConnectionID, at now: Int64) {}

    // MARK: Desired state

    /// Takes in a guild's state as JSON text.
    /// - Returns: whether anything was new.
    @discardableResult
    public mutating func push(json: [UInt8], at now: Int64) throws(InstanceError) -> Bool { false }

    /// Takes in a guild's state. The same again changes nothing.
    @discardableResult
    public mutating func push(_ state: GuildState, at now: Int64) throws(InstanceError) -> Bool { false }

    /// The guild is not served here any more.
    /// - Returns: whether it was.
    @discardableResult
    public mutating func delete(guild: Snowflake, epoch: UInt64, at now: Int64) throws(InstanceError) -> Bool { false }

    // MARK: Shards

    public mutating func shardEvent(_ event: ShardEvent, from shard: Int, at now: Int64) {}

    /// How loaded a shard is at this moment, 0 to 1.
    public mutating func setLoad(_ load: Double, ofShard shard: Int) {}

    // MARK: Time

    /// When `advance` is to be called next, if nothing else happens; may be too early.
    public var nextDeadline: Int64? { nil }

    public mutating func advance(to now: Int64) {}

    /// What is to be done, in order; the owner calls this after each event.
    public mutating func takeActions() -> [InstanceAction] { [] }

    // MARK: Coming and going

    /// Lets nobody else in. Who is there stays.
    public mutating func drain() {}

    /// Ends everything: clients are told to resume (4015), rooms are closed.
    public mutating func stop(at now: Int64) {}

    public var isDraining: Bool { false }
    /// Whether a draining instance has nobody left.
    public var isDrained: Bool { false }
    /// nil if the instance may be given guilds; else why not.
    public var whyNotReady: String? { nil }

    // MARK: Introspection

    public var guildIDs: [Snowflake] { [] }
    public func guildState(_ guild: Snowflake) -> GuildState? { nil }
    public func rooms(of guild: Snowflake? = nil) -> [RoomSnapshot] { [] }
    public func room(_ room: RoomID) -> RoomSnapshot? { nil }
    /// Who a member is.
    public func snapshot(of member: MemberID) -> MemberSnapshot? { nil }
}
