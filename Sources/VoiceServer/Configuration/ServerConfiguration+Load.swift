import FileAccess
import PipelineSpec

extension ServerConfiguration {
    /// Bytes of a secret's file that are looked at.
    private static let longestSecret = 1024

    /// Reads a configuration: the file, then what wins over it.
    /// - Parameters:
    ///   - path: nil for no file: defaults, and what wins over them.
    ///   - environment: variables; those that begin with `PARLEY_VOICE_` count.
    ///   - options: what the command line sets, and what people call it there.
    /// - Throws: everything that is wrong, at once; or why the file cannot be read.
    public static func load(
        path: String?, environment: [String: String] = [:],
        options: [(option: String, path: String, text: String)] = []
    ) throws -> ServerConfiguration {
        let text = try path.map { try SmallFile.text($0, limit: PipelineFile.maximumBytes) }
        return try load(text: text ?? "", file: path ?? "defaults", environment: environment, options: options)
    }

    /// The same from a text.
    public static func load(
        text: String, file: String, environment: [String: String] = [:],
        options: [(option: String, path: String, text: String)] = []
    ) throws -> ServerConfiguration {
        var reader = ConfigurationReader(settings)
        do throws(PipelineErrors) {
            reader.read(try StructuredFile.read(text: text, file: file))
        } catch {
            throw ConfigurationError(file: error)
        }
        reader.override(environment: environment)
        for option in options { reader.override(option.path, with: option.text, source: option.option) }
        let guilds = StaticGuild.read(&reader)
        var configuration = ServerConfiguration(SettingValues(reader.values))
        configuration.guilds = guilds
        check(configuration, &reader)
        guard reader.diagnostics.isEmpty && reader.problems.isEmpty else {
            let errors =
                reader.diagnostics.isEmpty ? nil : PipelineErrors(file: file, text: text, reader.diagnostics)
            throw ConfigurationError(file: errors, problems: reader.problems)
        }
        if let path = configuration.api.secretFile {
            configuration.api.secret = try secret(path)
        }
        return configuration
    }

    /// How keys fit together.
    private static func check(_ configuration: ServerConfiguration, _ reader: inout ConfigurationReader) {
        let gateway = configuration.gateway
        if (gateway.certificate == nil) != (gateway.key == nil) {
            let (there, missing) = gateway.key == nil ? ("certificate", "key") : ("key", "certificate")
            reader.complain(
                about: "gateway.tls.\(there)", "'gateway.tls.\(there)' is set, but not 'gateway.tls.\(missing)'",
                note: "TLS takes both")
        }
        if gateway.certificate != nil && gateway.developmentCertificate != nil {
            reader.complain(
                about: "gateway.tls.development",
                "there is a certificate, and one for development is asked for as well",
                note: "take away one of them")
        }
        let api = configuration.api
        if api.secret != nil && api.secretFile != nil {
            reader.complain(
                about: "api.secret-file", "'api.secret' and 'api.secret-file' are both set", note: "keep one")
        }
        if !api.listen.isLoopback && api.secret == nil && api.secretFile == nil {
            reader.complain(
                about: "api.listen", "the API would be open to everybody at \(api.listen)",
                note: "set 'api.secret' or 'api.secret-file', or listen on 127.0.0.1")
        }
        if let shards = configuration.media.shards, configuration.media.ports != 0...0,
            configuration.media.ports.count < shards
        {
            reader.complain(
                about: "media.ports", "\(configuration.media.ports.count) ports are too few for \(shards) shards",
                note: "each shard takes one port")
        }
    }

    private static func secret(_ path: String) throws -> String {
        let text = try SmallFile.text(path, limit: longestSecret)
        let line = text.split(whereSeparator: \.isNewline).first.map { $0.trimmed } ?? ""
        guard !line.isEmpty else {
            throw ConfigurationError(problems: ["api.secret-file '\(path)' is empty; its first line is the secret"])
        }
        return line
    }
}
