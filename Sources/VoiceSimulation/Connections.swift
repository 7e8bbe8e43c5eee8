import VoiceInstance

/// Whose a connection of the gateway is.
struct Connections {
    enum Party: Equatable {
        case person(Int)
        case intruder(Int)
    }

    private var parties: [ConnectionID: Party] = [:]
    private var last: UInt64 = 0
    /// With what code intruders' connections are to be closed, and by when.
    var expected: [ConnectionID: (codes: Set<CloseCode>, by: Int64)] = [:]

    mutating func new(_ party: Party) -> ConnectionID {
        last += 1
        parties[ConnectionID(last)] = party
        return ConnectionID(last)
    }

    func party(of connection: ConnectionID) -> Party? { parties[connection] }

    /// Nothing comes on it any more.
    mutating func remove(_ connection: ConnectionID) {
        parties[connection] = nil
        expected[connection] = nil
    }
}
