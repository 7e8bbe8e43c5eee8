import NIOCore

/// What one listener of WebSockets and its connections may take.
struct GatewayLimits: Sendable, Hashable {
    var maximumConnections = 20_000
    /// New connections a second; a burst may be twice as many.
    var acceptsPerSecond = 500
    var maximumMessage = 16 << 10
    var maximumFragments = 16
    var maximumUnsent = 256 << 10
    /// What the kernel takes of a connection that is not read, beside what is unsent; left alone it takes megabytes of each.
    /// Linux doubles it.
    var kernelBuffer = 32 << 10
    /// Until the upgrade to a WebSocket is done.
    var handshakeTimeout = TimeAmount.seconds(10)
    /// After a close frame of ours, until the peer's.
    var closeTimeout = TimeAmount.seconds(2)
    /// Pings, pongs and continuations a second; a burst may be twice as many.
    var controlFramesPerSecond = 20
}

/// So many a second, with a burst of twice as many.
struct TokenBucket {
    private let perSecond: Double
    private let burst: Double
    private var tokens: Double
    private var then: NIODeadline

    init(perSecond: Int, now: NIODeadline) {
        self.perSecond = Double(perSecond)
        burst = Double(perSecond * 2)
        tokens = burst
        then = now
    }

    /// - Returns: false if there are too many.
    mutating func take(at now: NIODeadline) -> Bool {
        tokens = min(burst, tokens + Double((now - then).nanoseconds) * 1e-9 * perSecond)
        then = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
