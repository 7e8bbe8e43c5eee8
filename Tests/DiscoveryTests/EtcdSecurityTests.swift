import Discovery
import EtcdDiscovery
import Foundation
import Testing

/// Certificates, names and passwords, with a real etcd.
@Suite(.serialized) struct EtcdSecurityTests {
    /// An authority and what it signed: `ca`, `server`, `client`; and a `stranger` that signed itself.
    private struct Certificates {
        let folder = TemporaryFolder()

        func certificate(_ name: String) -> String { folder.file("\(name).pem") }
        func key(_ name: String) -> String { folder.file("\(name).key") }

        init() async throws {
            for name in ["ca", "stranger"] {
                try await openssl(
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj",
                    "/CN=\(name)", "-keyout", key(name), "-out", certificate(name))
            }
            for name in ["server", "client"] {
                let request = folder.file("\(name).csr")
                try await openssl(
                    "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                    "/CN=\(name)",
                    "-keyout", key(name), "-out", request)
                let extensions = folder.file("extensions")
                try "subjectAltName = IP:127.0.0.1\nextendedKeyUsage = serverAuth, clientAuth\n"
                    .write(toFile: extensions, atomically: true, encoding: .utf8)
                try await openssl(
                    "x509", "-req", "-in", request, "-CA", certificate("ca"), "-CAkey", key("ca"), "-CAcreateserial",
                    "-days",
                    "2", "-extfile", extensions, "-out", certificate(name))
            }
        }

        private func openssl(_ arguments: String...) async throws { _ = try await Tool.run(["openssl"] + arguments) }

        func server(arguments: [String] = []) async throws -> EtcdServer {
            try await EtcdServer.started(
                scheme: "https",
                arguments: ["--cert-file", certificate("server"), "--key-file", key("server")] + arguments)
        }
    }

    private func trouble(_ configuration: EtcdConfiguration) async throws -> DiscoveryError? {
        let store = try EtcdStore(configuration)
        var trouble: DiscoveryError?
        do throws(DiscoveryError) { try await store.put("/a", [1]) } catch { trouble = error }
        await store.close()
        return trouble
    }

    @Test func `over TLS, with an authority of one's own; strangers stay outside`() async throws {
        let files = try await Certificates()
        let server = try await files.server()
        var configuration = EtcdConfiguration(endpoints: [server.endpoint])
        configuration.tls.authorities = files.certificate("ca")
        let store = try EtcdStore(configuration)
        let revision = try await store.put("/a", [1])
        let batches = store.watch("/", from: revision).makeAsyncIterator()
        _ = try await batches.next()
        #expect(try await batches.next()?.revision == revision)
        await store.close()

        for authorities in [files.certificate("stranger"), nil] {
            configuration.tls.authorities = authorities
            let error = try await trouble(configuration)
            #expect(error?.isUnauthorised == true, "\(String(describing: error))")
        }
        let plain = try await trouble(
            EtcdConfiguration(endpoints: [server.endpoint.replacing("https", with: "http")], timeout: .seconds(2)))
        #expect(plain != nil)
        configuration.tls.authorities = "/no/such/file.pem"
        let error = #expect(throws: DiscoveryError.self) { _ = try EtcdStore(configuration) }
        #expect(error?.isInvalid == true && error?.description.contains("/no/such/file.pem") == true)
    }

    @Test func `a server that wants certificates of its clients gets one`() async throws {
        let files = try await Certificates()
        let server = try await files.server(
            arguments: ["--client-cert-auth", "--trusted-ca-file", files.certificate("ca")])
        var configuration = EtcdConfiguration(endpoints: [server.endpoint], timeout: .seconds(3))
        configuration.tls = EtcdTLS(
            authorities: files.certificate("ca"), certificate: files.certificate("client"), key: files.key("client"))
        #expect(try await trouble(configuration) == nil)
        configuration.tls = EtcdTLS(authorities: files.certificate("ca"))
        let error = try await trouble(configuration)
        #expect(error?.isUnauthorised == true || error?.isUnavailable == true, "\(String(describing: error))")
        configuration.tls.certificate = files.certificate("client")
        #expect(throws: DiscoveryError.self, "a certificate without its key") { _ = try EtcdStore(configuration) }
    }

    @Test func `with name and password; an invalid token is renewed, after a restart too`() async throws {
        let server = try await EtcdServer.started()
        var configuration = EtcdConfiguration(endpoints: [server.endpoint], quietLimit: .seconds(3))
        configuration.login = EtcdLogin(name: "voice", password: "a \"quoted\" secret")
        #expect(try await trouble(configuration) == nil, "as long as etcd asks nobody, a login does no harm")

        try await server.control("user", "add", "root:root")
        try await server.control("user", "grant-role", "root", "root")
        try await server.control("role", "add", "servers")
        try await server.control("role", "grant-permission", "servers", "--prefix=true", "readwrite", "/servers/")
        try await server.control("user", "add", "voice:a \"quoted\" secret")
        try await server.control("user", "grant-role", "voice", "servers")
        try await server.control("role", "add", "idle")
        try await server.control("auth", "enable")

        let store = try EtcdStore(configuration)
        let revision = try await store.put("/servers/a", [1])
        let watch = store.watch("/servers/", from: revision)
        let batches = watch.makeAsyncIterator()
        _ = try await batches.next()
        #expect(try await batches.next()?.revision == revision)
        let lease = try await store.grantLease(timeToLive: .seconds(60))
        // etcd takes a user's tokens back when the user's roles change, as it does when they expire.
        try await server.control("--user", "root:root", "user", "grant-role", "voice", "idle")
        #expect(try await store.keepAlive(lease.id) == .seconds(60))
        let second = try await store.put("/servers/b", [2], lease: lease.id)
        #expect(try await batches.next()?.revision == second)

        for forbidden in ["/other/a", "/server"] {
            let error = await #expect(throws: DiscoveryError.self) { try await store.put(DiscoveryKey(forbidden), []) }
            #expect(error?.isUnauthorised == true, "\(String(describing: error))")
        }
        let watched = await #expect(throws: DiscoveryError.self) {
            for try await _ in store.watch("/other/", from: revision) {}
        }
        #expect(watched?.isUnauthorised == true, "\(String(describing: watched))")

        server.stop()
        try await server.start()
        let isBack = await Self.succeeds { try await store.put("/servers/c", [3]) }
        #expect(isBack, "another etcd, which knows no token of before")
        await store.close()

        configuration.login?.password = "wrong"
        let wrong = try await trouble(configuration)
        #expect(wrong?.isUnauthorised == true, "\(String(describing: wrong))")
        #expect(wrong?.description.contains("wrong'") == false, "no password in any text")
        configuration.login = nil
        let none = try await trouble(configuration)
        #expect(none?.isUnauthorised == true, "\(String(describing: none))")
    }

    /// Within a minute.
    private static func succeeds(_ body: @Sendable () async throws -> Revision) async -> Bool {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end { if (try? await body()) != nil { return true } }
        return false
    }
}
