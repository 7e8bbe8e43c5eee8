public import LiveRoom

extension Instance {
    public var statistics: InstanceStatistics {
        var statistics = counts
        statistics.connections = connections.count
        statistics.sessions = sessions.count
        statistics.guilds = guilds.count
        statistics.rooms = rooms.count
        statistics.members = members.count
        statistics.participants = members.count - sessions.count
        return statistics
    }

    /// SSRCs that members have at this moment, and what participants say that they send with.
    package var givenSSRCs: Int { ssrcs.count }

    public var guildIDs: [Snowflake] { guilds.keys.sorted() }

    public func guildState(_ guild: Snowflake) -> GuildState? { guilds[guild]?.state }

    /// In order.
    public func rooms(of guild: Snowflake? = nil) -> [RoomSnapshot] {
        rooms.keys.filter { guild == nil || $0.guild == guild?.value }.sorted().compactMap { room($0) }
    }

    public func room(_ id: RoomID) -> RoomSnapshot? {
        rooms[id].map { room in
            RoomSnapshot(
                room: id, pipeline: room.channel.pipeline, places: room.channel.places, shard: room.shard,
                members: room.members.compactMap { snapshot(of: $0) })
        }
    }

    /// Who a member is.
    public func snapshot(of id: MemberID) -> MemberSnapshot? {
        guard let member = members[id] else { return nil }
        var isConnected = true
        if case .client(let number) = member.role { isConnected = sessions[number]?.connection != nil }
        return MemberSnapshot(
            member: id, kind: member.role == .participant ? .participant : .client, id: member.id, ssrc: member.ssrc,
            streamSSRC: member.streamSSRC, flags: member.flags, isSpeaking: member.isSpeaking,
            isSecured: member.isSecured, isConnected: isConnected, endpoint: member.endpoint, failure: member.failure)
    }
}
