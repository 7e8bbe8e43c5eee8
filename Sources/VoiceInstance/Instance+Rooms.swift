public import LiveRoom
import MediaCore

extension Instance {
    struct Joined {
        var id: MemberID
        var ssrc: UInt32
        var shard: Int
    }

    /// - Returns: nil if there is no such room.
    mutating func join(
        _ room: RoomID, as role: Member.Role, id: Snowflake, kind: MemberProfile.Kind, flags: VoiceFlags
    ) -> Joined? {
        guard let shard = rooms[room]?.shard else { return nil }
        let member = MemberID(nextNumber())
        let (ssrc, stream) = (ssrcs.next(&random), ssrcs.next(&random))
        let start = random.next()
        let identity = StreamIdentity(
            ssrc: stream, firstSequenceNumber: UInt16(truncatingIfNeeded: start >> 32),
            firstTimestamp: UInt32(truncatingIfNeeded: start))
        members[member] = Member(
            room: room, shard: shard, role: role, id: id, ssrc: ssrc, streamSSRC: stream, flags: flags)
        rooms[room]?.members.append(member)
        placement.joined(shard)
        command(shard, .join(room, member, MemberProfile(kind: kind, ssrc: ssrc, stream: identity, flags: flags)))
        return Joined(id: member, ssrc: ssrc, shard: shard)
    }

    /// - Parameter wasVisible: whether the others were told of it.
    mutating func leave(_ id: MemberID, wasVisible: Bool) {
        guard let member = members.removeValue(forKey: id) else { return }
        ssrcs.release(member.ssrc)
        ssrcs.release(member.streamSSRC)
        rooms[member.room]?.members.removeAll { $0 == id }
        placement.left(member.shard)
        command(member.shard, .leave(id))
        if wasVisible { broadcast(.clientDisconnect(member.id), in: member.room, except: id) }
    }

    /// Tells the shard whom a newcomer does not want to hear, and who does not want to hear them.
    mutating func applyLocalMutes(of id: MemberID) {
        guard let newcomer = members[id], let guild = guilds[Snowflake(newcomer.room.guild)], guild.hasLocalMutes
        else { return }
        let own = Set(guild.voiceState(of: newcomer.id)?.localMutes ?? [])
        for otherID in rooms[newcomer.room]?.members ?? [] where otherID != id {
            guard let other = members[otherID] else { continue }
            if own.contains(other.id) { command(newcomer.shard, .mute(id, hears: otherID, isMuted: true)) }
            if guild.voiceState(of: other.id)?.localMutes.contains(newcomer.id) == true {
                command(newcomer.shard, .mute(otherID, hears: id, isMuted: true))
            }
        }
    }

    // MARK: What shards say

    public mutating func shardEvent(_ event: ShardEvent, from shard: Int, at now: Int64) {
        switch event {
        case .speaking(_, let id, let isSpeaking):
            guard let member = members[id], member.isSpeaking != isSpeaking else { return }
            members[id]?.isSpeaking = isSpeaking
            if isVisible(id), let member = members[id] { broadcast(member.speaking, in: member.room, except: id) }
        case .located(let id, let endpoint): members[id]?.endpoint = endpoint
        case .unannounced(let id):
            guard case .client(let number) = members[id]?.role, let connection = sessions[number]?.connection
            else { return }
            refuse(connection, GatewayRefusal(.badRequest, "media came before an opcode 5 announced it"), at: now)
        case .failed(let id, let text):
            counts.commandsFailed += 1
            guard let role = members[id]?.role else { return }
            members[id]?.failure = text
            // What went wrong is no client's business.
            if case .client(let number) = role {
                end(number, code: .disconnected, reason: "the voice server cannot serve you", at: now)
            }
        case .report: break
        }
    }

    /// How loaded a shard is at this moment, 0 to 1.
    public mutating func setLoad(_ load: Double, ofShard shard: Int) { placement.report(load, of: shard) }
}
