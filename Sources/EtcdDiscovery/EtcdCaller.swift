import Discovery
import Synchronization

/// Asks one member after the other until one answers, and logs in where that is wanted.
final class EtcdCaller: Sendable {
    /// A member that has not answered for so long, when its caller gave up, is not the next to be asked.
    private static let patience = Duration.milliseconds(500)

    private struct State {
        /// The member that answered last.
        var preferred = 0
        var token: String?
        var isClosed = false
    }

    let configuration: EtcdConfiguration
    let transport: EtcdTransport
    private let state = Mutex(State())

    init(_ configuration: EtcdConfiguration) throws(DiscoveryError) {
        try configuration.validate()
        self.configuration = configuration
        transport = try EtcdTransport(configuration)
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// - Returns: whether this was the first time.
    func close() -> Bool {
        state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
    }

    /// The member to ask.
    var preferred: Int { state.withLock { $0.preferred } }

    func endpoint(_ number: Int) -> String { configuration.endpoints[number % configuration.endpoints.count] }

    /// Nothing is asked of this member as long as another answers.
    func leave(_ number: Int) {
        state.withLock { if $0.preferred == number { $0.preferred = (number + 1) % configuration.endpoints.count } }
    }

    /// - Parameter lease: the one it is about.
    /// - Returns: the body of the answer.
    func call(_ request: EtcdRequest, lease: LeaseID? = nil) async throws(DiscoveryError) -> [UInt8] {
        let deadline = ContinuousClock.now + configuration.timeout
        var token = try await token(before: deadline)
        var hasLoggedInAnew = false
        while true {
            switch await attempts(request, token: token, before: deadline) {
            case .success(let bytes): return bytes
            case .failure(.refused(let refusal, at: let endpoint)):
                guard configuration.login != nil, !hasLoggedInAnew, refusal.wantsLogin(isWatch: false) else {
                    throw refusal.error("\(request.what), \(endpoint)", lease: lease)
                }
                hasLoggedInAnew = true
                forget(token)
                token = try await self.token(before: deadline)
            case .failure(.other(let error)): throw error
            }
        }
    }

    private enum CallFailure: Error {
        case refused(EtcdRefusal, at: String)
        case other(DiscoveryError)
    }

    /// Asks the members in turn, from the one that answered last. Who may have done what may not be done twice is the
    /// last to be asked.
    private func attempts(
        _ request: EtcdRequest, token: String?, before deadline: ContinuousClock.Instant
    ) async -> Result<[UInt8], CallFailure> {
        let count = configuration.endpoints.count
        // A connection that was kept may be found dead: even one member gets a second attempt.
        let most = max(count, 2)
        var troubles: [String] = []
        var isDistrusted = false
        for _ in 0..<most {
            let number = preferred
            let (endpoint, left) = (endpoint(number), deadline - ContinuousClock.now)
            guard left > .zero, !isClosed else { break }
            let time = count == 1 ? left : min(left, configuration.timeout / 2)
            var mayGoOn = request.isRepeatable
            let askedAt = ContinuousClock.now
            do throws(EtcdTransport.Failure) {
                return .success(try await transport.call(request, at: endpoint, token: token, within: time))
            } catch {
                switch error {
                case .cancelled:
                    // Whoever asks may have no more patience: the next time another member is asked.
                    if ContinuousClock.now - askedAt > Self.patience { leave(number) }
                    return .failure(.other(isClosed ? .closed : .cancelled))
                case .overlong:
                    return .failure(.other(.corrupt("\(request.what), \(endpoint): the answer is far too long")))
                case .refused(let refusal):
                    guard case .unavailable = refusal.error(""), count > 1 else {
                        return .failure(.refused(refusal, at: endpoint))
                    }
                    mayGoOn = mayGoOn || refusal.isSurelyNotDone
                    troubles.append("\(endpoint): \(refusal.message)")
                case .notAsked(let text):
                    mayGoOn = true
                    troubles.append("\(endpoint): \(text)")
                case .unanswered(let text): troubles.append("\(endpoint): \(text)")
                case .distrusted(let text):
                    (mayGoOn, isDistrusted) = (true, true)
                    troubles.append("\(endpoint): \(text)")
                }
            }
            leave(number)
            guard mayGoOn else { break }
        }
        let text = "\(request.what): no member of etcd answers (\(troubles.joined(separator: "; ")))"
        if isClosed { return .failure(.other(.closed)) }
        guard isDistrusted else { return .failure(.other(.unavailable("\(text); is it running and reachable?"))) }
        return .failure(
            .other(.unauthorised("\(text); see to the authorities, the client's certificate and the host's name")))
    }

    // MARK: The token

    /// Logs in if there is a login and no token.
    func token(before deadline: ContinuousClock.Instant) async throws(DiscoveryError) -> String? {
        guard let login = configuration.login else { return nil }
        if let token = state.withLock({ $0.token }) { return token }
        let request = try EtcdRequest.authenticate(login)
        switch await attempts(request, token: nil, before: deadline) {
        case .success(let bytes):
            let token = try EtcdAnswer.token(bytes, request.what)
            state.withLock { $0.token = token }
            return token
        case .failure(.refused(let refusal, _)) where refusal.saysAuthIsOff: return nil
        case .failure(.refused(let refusal, at: let endpoint)): throw refusal.error("\(request.what), \(endpoint)")
        case .failure(.other(let error)): throw error
        }
    }

    /// It has expired, or etcd was restarted.
    func forget(_ token: String?) { state.withLock { if $0.token == token { $0.token = nil } } }
}
