import Foundation
import Testing
import VoiceServer

@Suite struct TLSTests {
    @Test func `a client that trusts the development certificate is greeted over TLS`() throws {
        let folder = try TemporaryFolder()
        try TestServer.run(["gateway.tls.development": folder.path]) { server in
            let certificate = try #require(server.summary.developmentCertificate)
            #expect(server.summary.gateway.hasPrefix("wss://"))
            #expect(server.summary.fingerprint?.count == 95)
            // Without a name the address is held against the certificate.
            for name in ["localhost", nil] {
                let client = try WebSocketClient(
                    port: server.gatewayEndpoint.port, trusting: certificate, name: name)
                #expect(try client.readJSON()["op"] as? Int == 8)
            }
            let plain = try HTTPCall("GET", "/", port: server.gatewayEndpoint.port, trusting: certificate)
            #expect(plain.status == 426)
        }
    }

    @Test func `a client that does not trust it stays outside`() throws {
        let folder = try TemporaryFolder()
        let other = try TemporaryFolder()
        try TestServer.run(["gateway.tls.development": other.path]) { stranger in
            let trusted = try #require(stranger.summary.developmentCertificate)
            try TestServer.run(["gateway.tls.development": folder.path]) { server in
                let port = server.gatewayEndpoint.port
                #expect(throws: (any Error).self) { try WebSocketClient(port: port, trusting: trusted) }
                #expect(throws: (any Error).self) { try WebSocketClient(port: port) }
            }
        }
    }

    @Test func `the certificate is kept for the next start, its key for its owner`() throws {
        let folder = try TemporaryFolder()
        var fingerprints: [String?] = []
        for _ in 0..<2 {
            try TestServer.run(["gateway.tls.development": folder.path]) { fingerprints.append($0.summary.fingerprint) }
        }
        #expect(fingerprints[0] != nil)
        #expect(fingerprints[0] == fingerprints[1])
        let key = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/parley-dev.key")
        #expect((key[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test func `OpenSSL finds nothing to complain about`() throws {
        let folder = try TemporaryFolder()
        try TestServer.run(["gateway.tls.development": folder.path]) { server in
            let certificate = try #require(server.summary.developmentCertificate)
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/openssl")
            process.arguments = [
                "verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname", "localhost", "-CAfile",
                certificate, certificate,
            ]
            process.standardOutput = Pipe()
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
    }

    @Test func `a certificate that cannot be used is refused by its name`() throws {
        let folder = try TemporaryFolder()
        let nonsense = try folder.write("nonsense", to: "a.pem")
        do {
            try TestServer.run(["gateway.tls.certificate": nonsense, "gateway.tls.key": nonsense]) { _ in }
            Issue.record("it was taken")
        } catch let error as ServerError {
            #expect(error.kind == .tls)
            #expect(error.description.contains(nonsense))
        }
    }
}
