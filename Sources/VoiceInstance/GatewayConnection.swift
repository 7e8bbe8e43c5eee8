/// One connection of the voice gateway: what may come on it now, and until when it is waited for.
struct GatewayConnection: Sendable {
    enum State: Sendable, Hashable {
        /// Has been greeted; is to identify or resume.
        case greeted
        case attached(SessionNumber)
    }

    static let versions = 4...8

    let version: Int
    let address: AddressTable.Key
    private(set) var state = State.greeted
    /// When it is closed, unless something comes.
    private(set) var deadline: Int64
    private var messages = TokenBucket()
    private var heartbeats = TokenBucket()

    init(version: Int, address: AddressTable.Key, deadline: Int64) {
        self.version = version
        self.address = address
        self.deadline = deadline
    }

    /// Whether messages are numbered and sent again.
    var isSequenced: Bool { version >= 8 }

    /// - Parameter text: the query's `v`.
    /// - Returns: nil for one that is not spoken here.
    static func version(_ text: String?) -> Int? {
        guard let text else { return versions.lowerBound }
        guard text.utf8.count <= 2, let version = Int(text), versions.contains(version) else { return nil }
        return version
    }

    /// Before a message is looked at.
    mutating func receive(bytes: Int, _ limits: InstanceLimits, at now: Int64) throws(GatewayRefusal) {
        guard bytes <= limits.messageBytes else {
            throw GatewayRefusal(.undecodable, "a message has at most \(limits.messageBytes) bytes")
        }
        guard messages.takes(limits.messages, at: now) else {
            throw GatewayRefusal(.rateLimited, "too many messages")
        }
    }

    /// - Returns: the session that the message is for; nil: none is needed.
    func receive(_ message: ClientMessage) throws(GatewayRefusal) -> SessionNumber? {
        switch (message, state) {
        case (.identify, .greeted), (.resume, .greeted), (.heartbeat, .greeted): return nil
        case (.identify, .attached), (.resume, .attached):
            throw GatewayRefusal(.alreadyAuthenticated, "this connection has a session already")
        case (_, .greeted): throw GatewayRefusal(.notAuthenticated, "identify or resume comes first")
        case (_, .attached(let session)): return session
        }
    }

    mutating func attach(_ session: SessionNumber, until deadline: Int64) {
        state = .attached(session)
        self.deadline = deadline
    }

    /// - Parameter next: until when the next one is waited for.
    mutating func heartbeat(_ limits: InstanceLimits, at now: Int64, next: Int64) throws(GatewayRefusal) {
        guard heartbeats.takes(limits.heartbeats, at: now) else {
            throw GatewayRefusal(.rateLimited, "too many heartbeats")
        }
        // Heartbeats alone do not keep a connection that has no session.
        if case .attached = state { deadline = next }
    }
}
