public import PacketCapture

extension Instance {
    /// A WebSocket is open.
    /// - Parameters:
    ///   - version: the query's `v`; nil: 4.
    ///   - address: of the client, for limits; its port does not count.
    public mutating func opened(_ connection: ConnectionID, version: String?, address: Endpoint, at now: Int64) {
        guard connections[connection] == nil else { return }
        counts.connectionsOpened += 1
        let key = AddressTable.Key(address)
        do throws(GatewayRefusal) {
            let version = try admit(version: version, from: key, at: now)
            let deadline = now + configuration.identifyTimeout
            connections[connection] = GatewayConnection(version: version, address: key, deadline: deadline)
            watch(.connection(connection), at: deadline)
            let hello = ServerMessage.hello(version: version, interval: configuration.heartbeatInterval)
            send(hello.text(sequence: nil), to: connection)
        } catch {
            counts.connectionsRefused += 1
            if error.code == .rateLimited { counts.floods += 1 }
            announceClose(connection, error.code, error.reason)
        }
    }

    private mutating func admit(
        version text: String?, from key: AddressTable.Key, at now: Int64
    ) throws(GatewayRefusal) -> Int {
        guard !isStopped else { throw GatewayRefusal(.serverCrashed, "the voice server stops") }
        guard let version = GatewayConnection.version(text) else {
            let (first, last) = (GatewayConnection.versions.lowerBound, GatewayConnection.versions.upperBound)
            throw GatewayRefusal(.unknownProtocol, "versions \(first) to \(last) are spoken here")
        }
        guard connections.count < limits.connections else {
            throw GatewayRefusal(.rateLimited, "too many connections")
        }
        guard addresses.opens(key, limits, at: now) else {
            throw GatewayRefusal(.rateLimited, "too many connections from your address")
        }
        return version
    }

    /// A whole text message. Of one that is too long the owner need not hand in more than `limits.messageBytes + 1` bytes.
    public mutating func received(_ text: [UInt8], on connection: ConnectionID, at now: Int64) {
        guard connections[connection] != nil else { return }
        counts.messagesReceived += 1
        do throws(GatewayRefusal) {
            let limits = limits
            try connections[connection]?.receive(bytes: text.count, limits, at: now)
            let message = try ClientMessage(parsing: text)
            let session = try connections[connection]?.receive(message)
            try handle(message, on: connection, of: session ?? nil, at: now)
        } catch {
            refuse(connection, error, at: now)
        }
    }

    /// A binary message: there are none in the versions that are spoken here.
    public mutating func receivedBinary(on connection: ConnectionID, at now: Int64) {
        guard connections[connection] != nil else { return }
        counts.messagesReceived += 1
        refuse(connection, GatewayRefusal(.undecodable, "messages are text"), at: now)
    }

    private mutating func handle(
        _ message: ClientMessage, on connection: ConnectionID, of session: SessionNumber?, at now: Int64
    ) throws(GatewayRefusal) {
        switch message {
        case .identify(let data): try identify(data, on: connection, at: now)
        case .resume(let data): try resume(data, on: connection, at: now)
        case .heartbeat(let nonce, let acknowledged):
            try heartbeat(nonce: nonce, acknowledged: acknowledged, on: connection, at: now)
        case .selectProtocol(let data):
            if let session { try select(data, in: session) }
        case .speaking(let flags, let ssrc):
            if let session { try announce(flags, ssrc: ssrc, in: session) }
        }
    }

    private mutating func heartbeat(
        nonce: String, acknowledged: Int?, on connection: ConnectionID, at now: Int64
    ) throws(GatewayRefusal) {
        let (limits, next) = (limits, now + configuration.heartbeatTimeout)
        try connections[connection]?.heartbeat(limits, at: now, next: next)
        guard let state = connections[connection] else { return }
        if let acknowledged, case .attached(let session) = state.state { sessions[session]?.acknowledge(acknowledged) }
        send(
            ServerMessage.heartbeatAcknowledged(nonce: nonce, version: state.version).text(sequence: nil),
            to: connection)
    }

    /// A WebSocket is closed, by whomever.
    public mutating func closed(_ connection: ConnectionID, at now: Int64) {
        if let session = forget(connection, at: now) { detach(session, at: now) }
    }

    /// More than `limits.unsentBytes` wait for a client to read them.
    public mutating func stalled(_ connection: ConnectionID, at now: Int64) {
        guard connections[connection] != nil else { return }
        counts.stalls += 1
        if let session = close(connection, .rateLimited, "you read too slowly", at: now) { detach(session, at: now) }
    }

    // MARK: For the other parts

    mutating func send(_ text: String, to connection: ConnectionID) {
        counts.messagesSent += 1
        actions.append(.send(connection, text))
    }

    /// Closes a connection; its session may be resumed.
    mutating func refuse(_ connection: ConnectionID, _ refusal: GatewayRefusal, at now: Int64) {
        if refusal.code == .rateLimited { counts.floods += 1 }
        if let session = close(connection, refusal.code, refusal.reason, at: now) { detach(session, at: now) }
    }

    /// - Returns: the session that was attached to it.
    @discardableResult
    mutating func close(
        _ connection: ConnectionID, _ code: CloseCode, _ reason: String, at now: Int64
    ) -> SessionNumber? {
        guard connections[connection] != nil else { return nil }
        announceClose(connection, code, reason)
        return forget(connection, at: now)
    }

    private mutating func announceClose(_ connection: ConnectionID, _ code: CloseCode, _ reason: String) {
        counts.closes[code, default: 0] += 1
        // Reasons are ASCII, so that they may be cut anywhere.
        actions.append(.close(connection, code, reason: String(reason.prefix(InstanceAction.maximumReasonBytes))))
    }

    private mutating func forget(_ connection: ConnectionID, at now: Int64) -> SessionNumber? {
        guard let state = connections.removeValue(forKey: connection) else { return nil }
        addresses.closed(state.address, at: now)
        if case .attached(let session) = state.state { return session }
        return nil
    }

    /// Puts something into the queue of deadlines; what has become useless there is thrown out before there is much.
    mutating func watch(_ subject: DeadlineQueue.Subject, at time: Int64) {
        deadlines.insert(subject, at: time)
        guard deadlines.count > 4 * (connections.count + sessions.count) + 1024 else { return }
        deadlines.removeAll()
        for (connection, state) in connections.sorted(by: { $0.key.number < $1.key.number }) {
            deadlines.insert(.connection(connection), at: state.deadline)
        }
        for (number, session) in sessions.sorted(by: { $0.key.number < $1.key.number }) {
            if case .detached(let until) = session.link { deadlines.insert(.session(number), at: until) }
        }
    }

    mutating func connectionIsDue(_ connection: ConnectionID, at now: Int64) {
        guard let state = connections[connection] else { return }
        guard state.deadline <= now else {
            watch(.connection(connection), at: state.deadline)
            return
        }
        let what = state.state == .greeted ? "identify" : "heartbeat"
        refuse(connection, GatewayRefusal(.sessionTimeout, "no \(what) in time"), at: now)
    }
}
