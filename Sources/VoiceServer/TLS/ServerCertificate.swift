import FileAccess
import Glibc
import NIOSSL

/// The certificate that the gateway shows, ready to use.
struct ServerCertificate {
    var context: NIOSSLContext
    /// SHA-256, `AB:CD:…`
    var fingerprint: String
    /// The file that clients would have to trust; nil if it is an ordinary certificate.
    var developmentFile: String?

    private static let largestFile = 1 << 20
    /// A certificate for development is made anew when it has less than this to go.
    private static let renewalSeconds = 86_400

    /// What the configuration asks for; nil for no TLS.
    static func load(_ gateway: ServerConfiguration.Gateway) throws -> ServerCertificate? {
        if let folder = gateway.developmentCertificate { return try development(folder) }
        guard let certificate = gateway.certificate, let key = gateway.key else { return nil }
        return try load(certificate: certificate, key: key)
    }

    private static func load(certificate: String, key: String) throws -> ServerCertificate {
        let pem = try SmallFile.text(certificate, limit: largestFile)
        _ = try SmallFile.text(key, limit: largestFile)
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate)
            guard let fingerprint = DevelopmentCertificate.fingerprint(ofPEM: pem), !chain.isEmpty else {
                throw ServerError(.tls, "'\(certificate)' holds no certificate in PEM")
            }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return ServerCertificate(
                context: try NIOSSLContext(configuration: configuration), fingerprint: fingerprint)
        } catch let error as ServerError {
            throw error
        } catch {
            throw ServerError(.tls, "cannot use '\(certificate)' with the key '\(key)': \(error)")
        }
    }

    /// Makes a certificate, unless there is one that is good for another day.
    private static func development(_ folder: String) throws -> ServerCertificate {
        let certificate = "\(folder)/\(DevelopmentCertificate.certificateName)"
        let key = "\(folder)/\(DevelopmentCertificate.keyName)"
        let chain = try? NIOSSLCertificate.fromPEMFile(certificate)
        let end = chain?.first.map { Int($0.notValidAfter) } ?? 0
        if end < time(nil) + renewalSeconds || (try? SmallFile.text(key, limit: largestFile)) == nil {
            try DevelopmentCertificate(hostName: HostName.current).write(to: folder)
        }
        var result = try load(certificate: certificate, key: key)
        result.developmentFile = certificate
        return result
    }
}
