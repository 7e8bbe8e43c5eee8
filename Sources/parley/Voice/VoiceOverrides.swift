import ArgumentParser

/// Options that stand for keys of the configuration.
struct VoiceOverrides: ParsableArguments {
    @Option(help: ArgumentHelp("Where clients' WebSockets arrive (gateway.listen).", valueName: "host:port"))
    var listen: String?

    @Option(help: ArgumentHelp("Where the API is (api.listen).", valueName: "host:port"))
    var api: String?

    @Option(help: ArgumentHelp("Where media arrives (media.listen).", valueName: "host"))
    var media: String?

    @Option(help: ArgumentHelp("What clients are told to send media to (media.advertise).", valueName: "ip"))
    var advertise: String?

    @Option(help: ArgumentHelp("UDP ports of media; 0 for any (media.ports).", valueName: "first-last"))
    var ports: String?

    @Option(help: ArgumentHelp("Threads that media runs on (media.shards).", valueName: "n"))
    var shards: String?

    @Option(
        help: ArgumentHelp(
            "Make a certificate for localhost and this machine in a folder, and use it (gateway.tls.development).",
            valueName: "folder"))
    var devTls: String?

    @Option(
        help: ArgumentHelp(
            "Open a room in which everybody who sends this token may talk: guild 1, channel 1 (dev.token).",
            valueName: "token"))
    var dev: String?

    @Option(help: ArgumentHelp("A pipeline for rooms: a file or a name (default-pipeline).", valueName: "file"))
    var pipeline: String?

    @Option(help: ArgumentHelp("The least that is logged (log.level).", valueName: "level"))
    var logLevel: String?

    @Option(help: ArgumentHelp("text or json (log.format).", valueName: "format"))
    var logFormat: String?

    @Option(help: ArgumentHelp("Any other key: --set rooms.places=8. May be repeated.", valueName: "key=value"))
    var set: [String] = []

    /// What is set, and what people call it.
    var settings: [(option: String, path: String, text: String)] {
        let named: [(String, String, String?)] = [
            ("--listen", "gateway.listen", listen), ("--api", "api.listen", api), ("--media", "media.listen", media),
            ("--advertise", "media.advertise", advertise), ("--ports", "media.ports", ports),
            ("--shards", "media.shards", shards), ("--dev-tls", "gateway.tls.development", devTls),
            ("--dev", "dev.token", dev), ("--pipeline", "default-pipeline", pipeline),
            ("--log-level", "log.level", logLevel), ("--log-format", "log.format", logFormat),
        ]
        let others = set.map { argument in
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return (option: "--set \(argument)", path: parts[0], text: parts.count == 2 ? parts[1] : "")
        }
        return named.compactMap { entry in entry.2.map { (option: entry.0, path: entry.1, text: $0) } } + others
    }
}
