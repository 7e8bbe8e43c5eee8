/// What clients see of an instance: each message and each close has to fit what came before.
struct ConnectionModel {
    private struct Connection {
        var isAuthenticated = false
        var hasResumed = false
        var hasHello = false
        var sequence: Int?
    }

    /// Stands in every secret, and in the addresses of clients: nobody may be told of them.
    static let forbidden = ["secret-", "198.51.100."]

    private var connections: [ConnectionID: Connection] = [:]

    var ids: [ConnectionID] { connections.keys.sorted { $0.number < $1.number } }
    var isEmpty: Bool { connections.isEmpty }

    func ids(authenticated: Bool) -> [ConnectionID] {
        ids.filter { connections[$0]?.isAuthenticated == authenticated }
    }

    mutating func open(_ id: ConnectionID) { connections[id] = Connection() }

    mutating func close(_ id: ConnectionID) { connections[id] = nil }

    mutating func get(_ text: String, on id: ConnectionID) {
        guard var connection = connections[id] else { preconditionFailure("a message to nobody: \(text)") }
        for word in Self.forbidden { precondition(!text.contains(word), "told to a client: \(text)") }
        guard let root = try? JSONParser.parse(Array(text.utf8)), let operation = root["op"]?.integer else {
            preconditionFailure("not a message: \(text)")
        }
        switch operation {
        case 8:
            precondition(!connection.hasHello)
            connection.hasHello = true
        case 6: precondition(connection.hasHello)
        case 9:
            precondition(!connection.isAuthenticated, "authenticated twice")
            (connection.isAuthenticated, connection.hasResumed) = (true, true)
        case 2:
            // Among what a resumed session has missed may be this one.
            precondition(!connection.isAuthenticated || connection.hasResumed, "authenticated twice")
            connection.isAuthenticated = true
        default: precondition(connection.isAuthenticated, "to a stranger: \(text)")
        }
        if let sequence = root["seq"]?.integer {
            if let last = connection.sequence { precondition(sequence == last + 1, "\(sequence) after \(last)") }
            connection.sequence = sequence
        }
        connections[id] = connection
    }

    mutating func getClose(_ id: ConnectionID, reason: String) {
        precondition(connections.removeValue(forKey: id) != nil, "a close of nobody")
        precondition(reason.utf8.count <= InstanceAction.maximumReasonBytes)
        for word in Self.forbidden { precondition(!reason.contains(word), "told to a client: \(reason)") }
    }
}
