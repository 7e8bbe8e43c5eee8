import PipelineSpec

extension ServerConfiguration {
    /// Every key, in the order in which it is printed.
    public static let settings: [Setting] = general + gateway + media + rooms + interface + development

    private static let general = [
        Setting(
            "region", .text(longest: 64), default: "local", "where this instance stands; control planes choose by it"),
        Setting(
            "pipelines", .list(most: 64), default: nil,
            "pipelines that rooms may name: files, or names of those that come with Parley", canReload: true),
        Setting(
            "default-pipeline", .text(longest: 1024), default: "guild-voice",
            "what rooms run whose guild names the pipeline `default`: one of `pipelines`, or any that comes with Parley",
            canReload: true),
        Setting(
            "plain-rtp", .parameter(.choice(["refused", "allowed"])), default: "refused",
            "whether participants may send and get RTP without encryption"),
        Setting(
            "log.level", .parameter(.choice(["trace", "debug", "info", "notice", "warning", "error", "critical"])),
            default: "info", "the least that is logged", canReload: true),
        Setting(
            "log.format", .parameter(.choice(["text", "json"])), default: "text",
            "lines for people, or a JSON object a line"),
    ]

    private static let gateway = [
        Setting("gateway.listen", .address, default: "0.0.0.0:4443", "where clients' WebSockets arrive"),
        Setting(
            "gateway.endpoint", .text(longest: 260), default: "auto",
            "HOST:PORT that clients are told to connect to; auto: this machine's name and the port it listens on"),
        Setting(
            "gateway.tls.certificate", .path, default: nil, "the certificate and its chain, a PEM file", canReload: true
        ),
        Setting("gateway.tls.key", .path, default: nil, "the certificate's key, a PEM file", canReload: true),
        Setting(
            "gateway.tls.development", .path, default: nil,
            "a folder in which a certificate for localhost and this machine is made, for trying things out"),
        Setting(
            "gateway.heartbeat", .parameter(.duration(.seconds(1) ... .seconds(300))), default: "41.25 s",
            "how often clients are asked to say that they are there"),
        Setting(
            "gateway.resume-window", .parameter(.duration(.zero ... .seconds(600))), default: "30 s",
            "how long a lost connection may come back to its session"),
        Setting(
            "gateway.connections", .parameter(.count(1...1_000_000)), default: "20000",
            "connections at the same time; more are turned away"),
        Setting(
            "gateway.accepts", .parameter(.count(1...100_000)), default: "500",
            "new connections a second, after a burst of twice as many; more are turned away"),
        Setting(
            "gateway.message", .size(1024...1 << 20), default: "16 KiB", "the largest message of a client"),
        Setting(
            "gateway.fragments", .parameter(.count(1...1000)), default: "16",
            "frames that one message may be sent in"),
        Setting(
            "gateway.unsent", .size(16 << 10...64 << 20), default: "256 KiB",
            "what may wait for a client that does not read; more, and it is cut off"),
        Setting(
            "gateway.handshake-timeout", .parameter(.duration(.milliseconds(100) ... .seconds(60))), default: "10 s",
            "how long TLS and the upgrade to a WebSocket may take"),
        Setting(
            "gateway.identify-timeout", .parameter(.duration(.milliseconds(100) ... .seconds(60))), default: "10 s",
            "how long a client may wait before it says who it is"),
    ]

    private static let media = [
        Setting(
            "media.listen", .host(allowsAuto: false), default: "0.0.0.0", "the address that media sockets are bound to"),
        Setting(
            "media.advertise", .host(allowsAuto: true), default: "auto",
            "the IP address that clients are told to send media to; auto: the one that leads out of this machine"),
        Setting("media.ports", .ports, default: "50000-50063", "UDP ports; each shard takes one"),
        Setting(
            "media.shards", .parameter(.either(["cores"], .count(1...64))), default: "cores",
            "threads that media runs on"),
        Setting("media.receive-buffer", .size(64 << 10...256 << 20), default: "8 MiB", "of each media socket"),
        Setting("media.send-buffer", .size(64 << 10...256 << 20), default: "8 MiB", "of each media socket"),
        Setting(
            "media.dscp", .parameter(.count(0...63)), default: "46",
            "how media is marked for the network; 46 is expedited forwarding"),
        Setting(
            "media.realtime", .parameter(.either(["off"], .count(1...99))), default: "off",
            "SCHED_FIFO priority of the media threads: nothing ordinary keeps a tick waiting; for root, CAP_SYS_NICE "
                + "or LimitRTPRIO"),
    ]

    private static let rooms = [
        Setting(
            "rooms.places", .parameter(.count(1...64)), default: "16",
            "people of a room who can be heard at the same time, where its guild says nothing else"),
        Setting(
            "rooms.members", .parameter(.count(1...100_000)), default: "20000",
            "members of all rooms of a shard together"),
        Setting("rooms.rooms", .parameter(.count(1...100_000)), default: "10000", "rooms of a shard"),
        Setting(
            "admission.load", .parameter(.percentage(1...100)), default: "85 %",
            "from which load of a shard on newcomers are turned away"),
    ]

    private static let interface = [
        Setting("api.listen", .address, default: "127.0.0.1:4480", "where the instance's API is; HTTP without TLS"),
        Setting(
            "api.secret", .text(longest: 1024), default: nil,
            "what callers of the API send as a bearer token; without one it listens on loopback only"),
        Setting("api.secret-file", .path, default: nil, "a file that holds the secret in its first line"),
        Setting("api.body", .size(1024...64 << 20), default: "1 MiB", "the largest body of a request"),
        Setting("api.connections", .parameter(.count(1...10_000)), default: "256", "connections at the same time"),
    ]

    private static let development = [
        Setting(
            "dev.token", .text(longest: 256), default: nil,
            "opens a room in which everybody who sends this token may talk; never on a public server"),
        Setting("dev.guild", .parameter(.count(1...Int(1) << 53)), default: "1", "the guild of that room"),
        Setting("dev.channel", .parameter(.count(1...Int(1) << 53)), default: "1", "its channel"),
    ]
}
