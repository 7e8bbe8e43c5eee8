import LiveRoom
import MediaCore

/// What shards would hold after the commands of an instance: each command has to fit what is there.
struct ShardModel {
    private struct Member {
        var room: RoomID
        var shard: Int
        var ssrcs: [UInt32]
    }

    private var rooms: [RoomID: Int] = [:]
    private var members: [MemberID: Member] = [:]
    private var joined: Set<MemberID> = []
    private var ssrcs: Set<UInt32> = []

    var memberIDs: [MemberID] { members.keys.sorted { $0.number < $1.number } }
    var memberCount: Int { members.count }
    var roomCount: Int { rooms.count }
    var isEmpty: Bool { rooms.isEmpty && members.isEmpty && ssrcs.isEmpty }

    func room(of member: MemberID) -> RoomID? { members[member]?.room }

    mutating func apply(_ command: ShardCommand, to shard: Int) {
        switch command {
        case .open(let room, _, let places):
            precondition(rooms.updateValue(shard, forKey: room) == nil, "\(room) is opened twice")
            precondition(ChannelState.placesRange.contains(places))
        case .close(let room):
            precondition(rooms.removeValue(forKey: room) == shard, "\(room) is closed where it is not")
            precondition(!members.values.contains { $0.room == room }, "\(room) is closed with members in it")
        case .join(let room, let member, let profile):
            precondition(rooms[room] == shard, "\(member) joins a room that is not there")
            precondition(joined.insert(member).inserted, "\(member) joins twice")
            let own = [profile.ssrc, profile.stream.ssrc]
            for ssrc in own {
                precondition(ssrc != 0 && ssrc != SSRCTable.magicCookie && ssrcs.insert(ssrc).inserted, "SSRC \(ssrc)")
            }
            members[member] = Member(room: room, shard: shard, ssrcs: own)
        case .secure(let member, let media):
            check(member, on: shard)
            precondition(media.inbound == nil || media.inbound?.secret.isEmpty == false)
        case .set(let member, _): check(member, on: shard)
        case .mute(let member, let other, _):
            check(member, on: shard)
            check(other, on: shard)
            precondition(member != other && members[member]?.room == members[other]?.room)
        case .leave(let member):
            check(member, on: shard)
            for ssrc in members.removeValue(forKey: member)?.ssrcs ?? [] { ssrcs.remove(ssrc) }
        case .report: preconditionFailure("nobody has asked for a report")
        }
    }

    private func check(_ member: MemberID, on shard: Int) {
        precondition(members[member]?.shard == shard, "a command for \(member), who is not on shard \(shard)")
    }
}
