import MediaCore
import SecureRTP

/// A client's side of the voice gateway (versions 4 to 8), without a socket: what happens goes in with its time, what
/// is to be done comes out of `nextAction`.
///
/// Times are nanoseconds on one clock that only grows.
public struct VoiceSession: Sendable {
    public enum Action: Sendable, Hashable {
        /// Open a WebSocket; then `opened`, or `closed`.
        case connect
        case send(String)
        /// Close the WebSocket; `closed` need not be told.
        case close(code: UInt16)
        /// Ask the server, from the socket that media goes through, for the own address (IP discovery); then
        /// `discovered`.
        case discover(ssrc: UInt32, address: String, port: UInt16)
        case tell(VoiceEvent)
    }

    enum State: Sendable, Hashable {
        /// Before `start`, or waiting to try again.
        case idle
        case connecting
        case greeting
        case identifying
        case resuming
        case discovering
        case selecting
        case open
        case over
    }

    /// Connections that are tried in a row.
    public static let maximumAttempts = 5
    /// Heartbeats without an answer after which the connection counts as dead.
    public static let maximumMissedHeartbeats = 3
    /// How long each answer of the server is waited for.
    public static let patience = Duration.seconds(10)
    /// Encryption, the best first.
    public static let modes = RTPSizeMode.allCases.map(\.rawValue)

    public let identity: VoiceIdentity
    /// From a heartbeat to its answer; nil before the first.
    public private(set) var roundTrip: Duration?
    public private(set) var resumes = 0
    private(set) var state = State.idle

    private var actions: [Action] = []
    private var ready: (ssrc: UInt32, mode: String)?
    private var hasMedia = false
    private var speaking: SpeakingFlags?
    private var lastNumber = -1
    private var attempts = 0
    /// When to give up waiting, or to try again.
    private var timer: Int64?
    private var heartbeat = Heartbeat()

    private struct Heartbeat: Sendable {
        var interval: Int64?
        var due: Int64?
        var sentAt: Int64?
        var missed = 0
    }

    public init(_ identity: VoiceIdentity) { self.identity = identity }

    public var isOver: Bool { state == .over }
    public var nextDeadline: Int64? { [timer, heartbeat.due].compactMap(\.self).min() }

    public mutating func nextAction() -> Action? { actions.isEmpty ? nil : actions.removeFirst() }

    public mutating func start(at now: Int64) {
        guard state == .idle else { return }
        connect(at: now)
    }

    /// The WebSocket is there.
    public mutating func opened(at now: Int64) {
        guard state == .connecting else { return }
        state = .greeting
        wait(from: now)
    }

    /// The address that the server sees.
    public mutating func discovered(address: String, port: UInt16, at now: Int64) {
        guard state == .discovering, let ready else { return }
        state = .selecting
        wait(from: now)
        actions.append(.send(GatewayRequest.selectProtocol(address: address, port: port, mode: ready.mode)))
    }

    /// Says that sound will be sent, and of which kind, or that it ends. Must come before the first packet.
    public mutating func speak(_ flags: SpeakingFlags) {
        speaking = flags
        guard state == .open, let ready else { return }
        actions.append(.send(GatewayRequest.speaking(flags, ssrc: ready.ssrc)))
    }

    public mutating func leave() {
        guard state != .over else { return }
        actions.append(.close(code: 1000))
        end(nil)
    }

    /// The WebSocket is gone, or could not be opened.
    /// - Parameter code: nil if nobody said why.
    public mutating func closed(code: UInt16?, at now: Int64) {
        guard state != .over, state != .idle else { return }
        // What @discordjs/voice does: above 4000 only a crashed server is worth another try.
        if let code, code >= 4000, code != 4015 { return end(.closed(code: code)) }
        retry(code: code, at: now)
    }

    /// Does what is due.
    public mutating func advance(to now: Int64) {
        if let due = heartbeat.due, due <= now { beat(at: now) }
        guard let timer, timer <= now, state != .over else { return }
        self.timer = nil
        if state == .idle { return connect(at: now) }
        actions.append(.close(code: 1000))
        guard attempts < Self.maximumAttempts else { return end(.silentServer) }
        retry(code: nil, at: now)
    }

    public mutating func received(_ text: String, at now: Int64) {
        guard state != .over, state != .idle else { return }
        do throws(VoiceSessionError) {
            let (message, number) = try GatewayMessage.parse(text)
            if let number { lastNumber = max(lastNumber, number) }
            try handle(message, at: now)
        } catch {
            actions.append(.close(code: 1002))
            end(error)
        }
    }

    // MARK: - Messages

    private mutating func handle(_ message: GatewayMessage, at now: Int64) throws(VoiceSessionError) {
        switch message {
        case .hello(let interval): greet(interval, at: now)
        case .ready(let ssrc, let address, let port, let offered):
            guard state == .identifying else { return }
            guard let mode = Self.modes.first(where: offered.contains) else { throw .noCommonMode(offered: offered) }
            ready = (ssrc, mode)
            state = .discovering
            wait(from: now)
            actions.append(.discover(ssrc: ssrc, address: address, port: port))
        case .sessionDescription(let mode, let key): describe(mode, key)
        case .resumed:
            guard state == .resuming else { return }
            opened()
            resumes += 1
            actions.append(.tell(.resumed))
        case .heartbeatAck:
            guard let sent = heartbeat.sentAt else { return }
            roundTrip = .nanoseconds(now - sent)
            heartbeat.sentAt = nil
            heartbeat.missed = 0
        case .speaking(let user, let ssrc, let flags):
            actions.append(.tell(.speaking(user: user, ssrc: ssrc, flags: SpeakingFlags(rawValue: flags))))
        case .clientsConnect(let users): actions.append(.tell(.connected(users: users)))
        case .clientDisconnect(let user): actions.append(.tell(.disconnected(user: user)))
        case .other: break
        }
    }

    private mutating func greet(_ interval: Double, at now: Int64) {
        guard state == .greeting, interval.isFinite, interval >= 1, interval < 1e9 else { return }
        heartbeat = Heartbeat()
        heartbeat.interval = Int64(interval * 1e6)
        heartbeat.due = now + Int64(interval * 1e6)
        wait(from: now)
        if hasMedia {
            state = .resuming
            actions.append(.send(GatewayRequest.resume(identity, last: lastNumber)))
        } else {
            state = .identifying
            actions.append(.send(GatewayRequest.identify(identity)))
        }
    }

    private mutating func describe(_ mode: String, _ key: [UInt8]) {
        guard state == .selecting, let ready else { return }
        hasMedia = true
        opened()
        actions.append(.tell(.joined(VoiceMedia(ssrc: ready.ssrc, mode: mode, key: key))))
    }

    private mutating func opened() {
        state = .open
        timer = nil
        attempts = 0
        if let speaking { speak(speaking) }
    }

    // MARK: - Connections

    private mutating func connect(at now: Int64) {
        attempts += 1
        state = .connecting
        wait(from: now)
        actions.append(.connect)
    }

    private mutating func retry(code: UInt16?, at now: Int64) {
        heartbeat = Heartbeat()
        guard attempts < Self.maximumAttempts else { return end(.unreachable(attempts: attempts)) }
        if hasMedia { actions.append(.tell(.lost(code: code))) }
        // Without a session description there is nothing to resume: all over again.
        if !hasMedia { (ready, lastNumber) = (nil, -1) }
        state = .idle
        // The first time at once, then after 0.5, 1, 2 … seconds.
        timer = attempts == 0 ? now : now + 250_000_000 << Int64(attempts)
    }

    private mutating func beat(at now: Int64) {
        guard let interval = heartbeat.interval else { return }
        if heartbeat.sentAt != nil { heartbeat.missed += 1 }
        guard heartbeat.missed < Self.maximumMissedHeartbeats else {
            actions.append(.close(code: 4009))
            return retry(code: nil, at: now)
        }
        heartbeat.sentAt = now
        heartbeat.due = now + interval
        actions.append(
            .send(
                GatewayRequest.heartbeat(version: identity.version, nonce: Int(now / 1_000_000), last: lastNumber)))
    }

    private mutating func wait(from now: Int64) { timer = now + Self.patience.nanoseconds }

    private mutating func end(_ error: VoiceSessionError?) {
        state = .over
        timer = nil
        heartbeat = Heartbeat()
        actions.append(.tell(.ended(error)))
    }
}
