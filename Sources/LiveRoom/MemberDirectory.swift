import PacketCapture

/// Where a member is.
struct MemberPlace {
    /// Slot of the room.
    var room: Int
    /// Index among the room's members.
    var index: Int
}

/// Finds members by number, by the SSRC that they send with, and by the address that they send from.
///
/// Never gone through in order: the order of a dictionary is not the same twice.
struct MemberDirectory: ~Copyable {
    private var places: [MemberID: MemberPlace] = [:]
    private var bySSRC: [UInt32: MemberID] = [:]
    private var bySource: [Endpoint: MemberID] = [:]

    init() {}

    var count: Int { places.count }

    subscript(_ member: MemberID) -> MemberPlace? { places[member] }

    func member(ssrc: UInt32) -> MemberPlace? { bySSRC[ssrc].flatMap { places[$0] } }

    /// The member whose datagram this is: by address where one was agreed upon, else by SSRC.
    func member(from source: Endpoint, ssrc: UInt32) -> MemberPlace? {
        if !bySource.isEmpty, let member = bySource[source] { return places[member] }
        return member(ssrc: ssrc)
    }

    /// - Returns: false if somebody else has the number, the SSRC or the address.
    mutating func insert(_ member: MemberID, _ profile: MemberProfile, at place: MemberPlace) -> Bool {
        let (source, ssrc) = Self.keys(profile)
        guard places[member] == nil, ssrc.map({ bySSRC[$0] == nil }) ?? true,
            source.map({ bySource[$0] == nil }) ?? true
        else { return false }
        places[member] = place
        if let ssrc { bySSRC[ssrc] = member }
        if let source { bySource[source] = member }
        return true
    }

    mutating func move(_ member: MemberID, to index: Int) { places[member]?.index = index }

    mutating func remove(_ member: MemberID, _ profile: MemberProfile) {
        places[member] = nil
        let (source, ssrc) = Self.keys(profile)
        if let ssrc { bySSRC[ssrc] = nil }
        if let source { bySource[source] = nil }
    }

    private static func keys(_ profile: MemberProfile) -> (source: Endpoint?, ssrc: UInt32?) {
        switch profile.kind {
        case .gateway: (nil, profile.ssrc)
        // Where an address is agreed upon, the SSRC is the sender's own business.
        case .plain(let source?, _): (source, nil)
        case .plain(nil, let ssrc): (nil, ssrc)
        }
    }
}
