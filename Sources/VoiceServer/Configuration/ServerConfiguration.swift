import PipelineSpec

/// What a voice server is told when it starts. `settings` describes every key of the file it is read from.
public struct ServerConfiguration: Sendable {
    public var region: String
    /// Files, or names of shipped pipelines.
    public var pipelines: [String]
    public var defaultPipeline: String
    public var allowsPlainRTP: Bool
    public var logLevel: String
    public var logsJSON: Bool
    public var gateway: Gateway
    public var media: Media
    public var api: API
    public var roomPlaces: Int
    public var shardMembers: Int
    public var shardRooms: Int
    /// From which load of a shard on newcomers are turned away, 0...1.
    public var admissionLoad: Double
    public var development: Development?
    /// Guilds that are there from the start, as bodies of `PUT /v1/guilds/{id}`.
    var guilds: [StaticGuild] = []
    /// What it was made of, to tell what a reload changes.
    private(set) var values: SettingValues

    public struct Gateway: Sendable, Hashable {
        public var listen: ServerAddress
        /// What clients are told; nil: this machine's name and the port.
        public var endpoint: String?
        public var certificate: String?
        public var key: String?
        /// The folder of a certificate for development.
        public var developmentCertificate: String?
        public var heartbeat: Duration
        public var resumeWindow: Duration
        public var maximumConnections: Int
        public var acceptsPerSecond: Int
        public var maximumMessage: Int
        public var maximumFragments: Int
        public var maximumUnsent: Int
        public var handshakeTimeout: Duration
        public var identifyTimeout: Duration

        public var hasTLS: Bool { certificate != nil || developmentCertificate != nil }
    }

    public struct Media: Sendable, Hashable {
        public var listen: String
        /// nil: the address that leads out of this machine.
        public var advertise: String?
        public var ports: ClosedRange<Int>
        /// nil: as many as there are cores.
        public var shards: Int?
        public var receiveBuffer: Int
        public var sendBuffer: Int
        public var dscp: Int
        /// SCHED_FIFO priority of the shards' threads; nil for the ordinary scheduler.
        public var realtime: Int?
    }

    public struct API: Sendable, Hashable {
        public var listen: ServerAddress
        public var secret: String?
        public var secretFile: String?
        public var maximumBody: Int
        public var maximumConnections: Int
    }

    /// A room for trying things out.
    public struct Development: Sendable, Hashable {
        public var token: String
        public var guild: UInt64
        public var channel: UInt64
    }

    /// Every key at its default.
    public init() { self.init(SettingValues(ConfigurationReader(Self.settings).values)) }

    init(_ values: SettingValues) {
        self.values = values
        region = values.text("region") ?? ""
        pipelines = values.list("pipelines")
        defaultPipeline = values.text("default-pipeline") ?? ""
        allowsPlainRTP = values.word("plain-rtp") == "allowed"
        logLevel = values.word("log.level")
        logsJSON = values.word("log.format") == "json"
        gateway = Gateway(values)
        media = Media(values)
        api = API(values)
        roomPlaces = values.count("rooms.places")
        shardMembers = values.count("rooms.members")
        shardRooms = values.count("rooms.rooms")
        admissionLoad = values.share("admission.load")
        development = values.text("dev.token").map {
            Development(
                token: $0, guild: UInt64(values.count("dev.guild")), channel: UInt64(values.count("dev.channel")))
        }
    }

    /// Keys whose values differ.
    func changes(to other: ServerConfiguration) -> [Setting] {
        Self.settings.filter { values[$0.path] != other.values[$0.path] }
    }
}

extension ServerConfiguration.Gateway {
    init(_ values: SettingValues) {
        listen = values.address("gateway.listen")
        endpoint = values.text("gateway.endpoint").flatMap { $0 == "auto" ? nil : $0 }
        certificate = values.text("gateway.tls.certificate")
        key = values.text("gateway.tls.key")
        developmentCertificate = values.text("gateway.tls.development")
        heartbeat = values.duration("gateway.heartbeat")
        resumeWindow = values.duration("gateway.resume-window")
        maximumConnections = values.count("gateway.connections")
        acceptsPerSecond = values.count("gateway.accepts")
        maximumMessage = values.size("gateway.message")
        maximumFragments = values.count("gateway.fragments")
        maximumUnsent = values.size("gateway.unsent")
        handshakeTimeout = values.duration("gateway.handshake-timeout")
        identifyTimeout = values.duration("gateway.identify-timeout")
    }
}

extension ServerConfiguration.Media {
    init(_ values: SettingValues) {
        listen = values.text("media.listen") ?? "0.0.0.0"
        advertise = values.text("media.advertise").flatMap { $0 == "auto" ? nil : $0 }
        ports = values.ports("media.ports")
        shards = values.countOrWord("media.shards")
        receiveBuffer = values.size("media.receive-buffer")
        sendBuffer = values.size("media.send-buffer")
        dscp = values.count("media.dscp")
        realtime = values.countOrWord("media.realtime")
    }
}

extension ServerConfiguration.API {
    init(_ values: SettingValues) {
        listen = values.address("api.listen")
        secret = values.text("api.secret")
        secretFile = values.text("api.secret-file")
        maximumBody = values.size("api.body")
        maximumConnections = values.count("api.connections")
    }
}
