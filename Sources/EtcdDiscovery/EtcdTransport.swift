import AsyncHTTPClient
import Discovery
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One attempt at one member.
struct EtcdTransport: Sendable {
    /// What a member's answer may have.
    static let maximumAnswer = 64 << 20

    enum Failure: Error, Sendable {
        /// No connection came about: nothing was asked.
        case notAsked(String)
        /// Broken off, or too late: it may have been done.
        case unanswered(String)
        /// The certificates are not accepted, by one side or the other: nothing was asked.
        case distrusted(String)
        case refused(EtcdRefusal)
        case overlong
        case cancelled
    }

    private let client: HTTPClient

    /// - Throws: `invalid` if the certificates cannot be used.
    init(_ configuration: EtcdConfiguration) throws(DiscoveryError) {
        var settings = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: configuration.connectTimeout.amount), decompression: .disabled)
        // A watch is an answer that does not end; it has a connection for itself.
        settings.httpVersion = .http1Only
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = configuration.maximumWatches + 64
        // There is another member to ask, and someone who tries again.
        settings.connectionPool.retryConnectionEstablishment = false
        if configuration.endpoints.contains(where: { $0.hasPrefix("https:") }) {
            settings.tlsConfiguration = try configuration.tls.asConfiguration
        }
        client = HTTPClient(eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: settings)
    }

    /// - Returns: the body of an answer that says it was done.
    func call(
        _ request: EtcdRequest, at endpoint: String, token: String?, within time: Duration
    ) async throws(Failure) -> [UInt8] {
        let asked = Self.httpRequest(request, at: endpoint, token: token)
        let outcome = await withTaskGroup(of: Result<[UInt8], Failure>.self) { group in
            group.addTask { await Self.outcome { try await collect(asked) } }
            group.addTask {
                do { try await Task.sleep(for: time) } catch { return .failure(.cancelled) }
                return .failure(.unanswered("no answer within \(time)"))
            }
            defer { group.cancelAll() }
            return await group.next() ?? .failure(.cancelled)
        }
        return try outcome.get()
    }

    /// An answer that does not end; each piece is given to `take`, which says whether it wants more.
    func stream(
        _ request: EtcdRequest, at endpoint: String, token: String?, _ take: (ByteBuffer) throws -> Bool
    ) async throws {
        let response = try await client.execute(
            Self.httpRequest(request, at: endpoint, token: token), deadline: .distantFuture)
        try await Self.check(response)
        for try await piece in response.body { guard try take(piece) else { return } }
    }

    /// Breaks off what is under way.
    func shutDown() async { do { try await client.shutdown().get() } catch {} }

    private func collect(_ request: HTTPClientRequest) async throws -> [UInt8] {
        let response = try await client.execute(request, deadline: .distantFuture)
        try await Self.check(response)
        return Array(buffer: try await response.body.collect(upTo: Self.maximumAnswer))
    }

    private static func check(_ response: HTTPClientResponse) async throws {
        guard response.status != .ok else { return }
        let body = Array(buffer: try await response.body.collect(upTo: 1 << 16))
        throw Failure.refused(EtcdRefusal(body: body, status: Int(response.status.code)))
    }

    private static func httpRequest(_ request: EtcdRequest, at endpoint: String, token: String?) -> HTTPClientRequest {
        var asked = HTTPClientRequest(url: endpoint + request.path)
        asked.method = .POST
        asked.headers.add(name: "content-type", value: "application/json")
        if let token { asked.headers.add(name: "authorization", value: token) }
        asked.body = .bytes(ByteBuffer(string: request.body))
        return asked
    }

    private static func outcome(_ body: () async throws -> [UInt8]) async -> Result<[UInt8], Failure> {
        do { return .success(try await body()) } catch { return .failure(Failure(error)) }
    }
}

extension EtcdTransport.Failure {
    init(_ error: any Error) {
        switch error {
        case let failure as EtcdTransport.Failure: self = failure
        case is CancellationError: self = .cancelled
        case is NIOTooManyBytesError: self = .overlong
        case let error as HTTPClientError:
            self =
                switch error {
                case .cancelled: .cancelled
                case .connectTimeout, .tlsHandshakeTimeout, .getConnectionFromPoolTimeout:
                    .notAsked("no connection in time (\(error.shortDescription))")
                default: .unanswered(error.shortDescription)
                }
        case is NIOConnectionError: self = .notAsked("no connection (\(error))")
        case let error as NIOSSLError: self = .distrusted("\(error)")
        case let error as NIOSSLExtraError: self = .distrusted("\(error)")
        case let error as BoringSSLError: self = .distrusted("\(error)")
        case let error as IOError where error.errnoCode == ECONNREFUSED: self = .notAsked("no connection (\(error))")
        default: self = .unanswered("\(error)")
        }
    }
}

extension EtcdTLS {
    var asConfiguration: TLSConfiguration {
        get throws(DiscoveryError) {
            var tls = TLSConfiguration.makeClientConfiguration()
            do {
                if let authorities {
                    // Read now: what cannot be read is said at the start.
                    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(authorities))
                }
                guard (certificate == nil) == (key == nil) else {
                    throw DiscoveryError.invalid(
                        "a client's certificate for etcd needs its key, and a key a certificate")
                }
                if let certificate, let key {
                    tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
                    tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
                }
            } catch let error as DiscoveryError {
                throw error
            } catch {
                let files = [authorities, certificate, key].compactMap(\.self).joined(separator: ", ")
                throw .invalid("the certificates for etcd cannot be read as PEM (\(files)): \(error)")
            }
            return tls
        }
    }
}

extension Duration {
    var amount: TimeAmount {
        let (seconds, attoseconds) = components
        return .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
