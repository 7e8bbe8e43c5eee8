public import Logging

/// What people want to know of a server that has started.
public struct StartSummary: Sendable {
    public var gateway: String
    public var api: String
    /// By shard.
    public var media: [String]
    public var pipelines: [String]
    /// SHA-256 of the certificate; nil without TLS.
    public var fingerprint: String?
    /// What clients have to be told to trust; nil for an ordinary certificate.
    public var developmentCertificate: String?
    /// What the system did not give as it was asked, with what to do.
    public var warnings: [String]

    /// One line each.
    public func log(to logger: Logger) {
        for (index, endpoint) in media.enumerated() {
            logger.info("media", metadata: ["shard": "\(index)", "endpoint": "\(endpoint)"])
        }
        logger.info("pipelines", metadata: ["names": "\(pipelines.joined(separator: ", "))"])
        if let fingerprint { logger.info("certificate", metadata: ["sha256": "\(fingerprint)"]) }
        if let developmentCertificate {
            logger.info("clients trust this certificate with SSL_CERT_FILE=\(developmentCertificate)")
        }
        logger.info("API", metadata: ["url": "\(api)"])
        for warning in warnings { logger.warning("\(warning)") }
        logger.notice("serving", metadata: ["gateway": "\(gateway)"])
    }
}
