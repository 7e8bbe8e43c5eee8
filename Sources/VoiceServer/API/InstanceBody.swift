import LiveRoom
import MediaPlane
import VoiceInstance

/// What does not change while an instance runs.
struct InstanceFacts {
    var version: String
    /// HOST:PORT that clients are told.
    var gateway: String
    /// By shard.
    var media: [String]
    /// On the monotonic clock.
    var started: Int64
    /// For metrics.
    var startTime: Double
}

/// The body of `GET /v1/instance`.
struct InstanceBody: Encodable {
    struct Shard: Encodable {
        var index: Int
        var endpoint: String
        var load: Double
        var loadProcessor: Double
        var loadSteal: Double
        var loadPackets: Double
        var loadLateness: Double
        var rooms: Int
        var members: Int
        var voices: Int

        init(index: Int, endpoint: String, health: ShardHealth?) {
            let health = health ?? ShardHealth()
            self.index = index
            self.endpoint = endpoint
            load = health.load.value
            loadProcessor = health.load.processor
            loadSteal = health.load.steal
            loadPackets = health.load.packets
            loadLateness = health.load.lateness
            rooms = health.statistics.rooms
            members = health.statistics.members
            voices = health.statistics.voices
        }
    }

    struct Limits: Encodable {
        var load: Double
        var guilds: Int
        var rooms: Int
        var members: Int
        var membersPerChannel: Int
        var membersPerGuild: Int
        var channelsPerGuild: Int
        var connections: Int

        init(_ server: ServerConfiguration, _ instance: InstanceConfiguration) {
            load = instance.maximumLoad
            guilds = instance.limits.guilds
            rooms = instance.limits.rooms
            members = instance.limits.members
            membersPerChannel = instance.limits.membersPerChannel
            membersPerGuild = instance.limits.membersPerGuild
            channelsPerGuild = instance.limits.channelsPerGuild
            connections = min(server.gateway.maximumConnections, instance.limits.connections)
        }
    }

    var version: String
    var region: String
    var endpoint: String
    var uptimeSeconds: Double
    var draining: Bool
    var drained: Bool
    var load: Double
    var shards: [Shard]
    var pipelines: [String]
    var defaultPipeline: String
    var guilds: Int
    var rooms: Int
    var members: Int
    var sessions: Int
    var connections: Int
    var limits: Limits
}
