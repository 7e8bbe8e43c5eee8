import Logging

/// Takes over a changed configuration as far as a running server can. What is broken leaves what was there.
struct ServerReload {
    let loop: InstanceLoop
    let gateway: GatewayListener
    let logging: LineLog.Settings?

    /// - Returns: what changed or could not, a line each.
    func apply(_ configuration: ServerConfiguration) -> [String] {
        var lines: [String] = []
        lines += pipelines(configuration)
        lines += certificate(configuration)
        if let logging, let level = Logger.Level(rawValue: configuration.logLevel), level != logging.level {
            logging.level = level
            lines.append("log.level is \(level.rawValue) now")
        }
        for setting in loop.configuration.changes(to: configuration) where !setting.canReload {
            lines.append("\(setting.path) has changed, but takes a restart")
        }
        for line in lines { loop.logger.notice("reload: \(line)") }
        if lines.isEmpty { loop.logger.notice("reload: nothing has changed") }
        return lines
    }

    private func pipelines(_ configuration: ServerConfiguration) -> [String] {
        do {
            let changed = try loop.shelf.load(configuration)
            return changed.map { "pipeline '\($0)' is new; rooms that are open keep the old one" }
        } catch {
            loop.logger.error("pipelines stay as they are", metadata: ["reason": "\(error)"])
            return ["pipelines stay as they are: \(error)"]
        }
    }

    private func certificate(_ configuration: ServerConfiguration) -> [String] {
        guard gateway.tls != nil else { return [] }
        do {
            guard let new = try ServerCertificate.load(configuration.gateway) else {
                return ["gateway.tls is gone from the configuration, but takes a restart"]
            }
            guard new.fingerprint != gateway.fingerprint else { return [] }
            gateway.tls = new.context
            gateway.fingerprint = new.fingerprint
            return ["the certificate is \(new.fingerprint) now"]
        } catch {
            loop.logger.error("the certificate stays as it is", metadata: ["reason": "\(error)"])
            return ["the certificate stays as it is: \(error)"]
        }
    }
}
