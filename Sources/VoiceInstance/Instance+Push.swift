import LiveRoom
import MediaCore
import PipelineSpec
import SecureRTP

extension Instance {
    /// Takes in a guild's state as JSON text.
    /// - Returns: whether anything was new.
    @discardableResult
    public mutating func push(json: [UInt8], at now: Int64) throws(InstanceError) -> Bool {
        let state: GuildState
        do throws(InstanceError) {
            state = try GuildState(parsing: json, limits: limits)
        } catch {
            counts.pushes[.malformed, default: 0] += 1
            throw error
        }
        return try push(state, at: now)
    }

    /// Takes in a guild's state. The same again changes nothing.
    ///
    /// Users who are not in it any more, or in another channel, are disconnected (4014; 4022 if their channel is gone):
    /// who is moved waits for the main gateway and identifies anew, as with Discord. Where a user's session or token has
    /// changed, or the channel's pipeline, places or bitrate, the session is not valid any more (4006).
    /// - Returns: whether anything was new.
    @discardableResult
    public mutating func push(_ state: GuildState, at now: Int64) throws(InstanceError) -> Bool {
        do throws(InstanceError) {
            guard try isNew(state) else {
                counts.pushes[.unchanged, default: 0] += 1
                return false
            }
            try state.validate(configuration)
            let difference = GuildDifference(from: guilds[state.guild]?.state, to: state)
            let plans = try plans(of: difference, state)
            try checkLimits(difference, state)
            apply(difference, state, plans, at: now)
            counts.pushes[.applied, default: 0] += 1
            return true
        } catch {
            counts.pushes[error.outcome, default: 0] += 1
            throw error
        }
    }

    private func isNew(_ state: GuildState) throws(InstanceError) -> Bool {
        guard !isStopped else { throw .full("the instance has stopped") }
        if let buried = tombstones[state.guild], state.epoch <= buried {
            throw .stale(guild: state.guild, currentEpoch: buried, currentRevision: 0, "deleted in that epoch or later")
        }
        guard let current = guilds[state.guild]?.state else {
            guard !isDraining else { throw .full("the instance is being drained: no other guild is taken in") }
            return true
        }
        func stale(_ text: String) -> InstanceError {
            .stale(
                guild: state.guild, currentEpoch: current.epoch, currentRevision: current.revision,
                "epoch \(state.epoch) and revision \(state.revision) \(text)")
        }
        if (state.epoch, state.revision) == (current.epoch, current.revision) {
            guard state == current else { throw stale("are here already with another content") }
            return false
        }
        guard (state.epoch, state.revision) > (current.epoch, current.revision) else { throw stale("are older") }
        return true
    }

    /// Of every channel that is opened.
    private func plans(
        of difference: GuildDifference, _ state: GuildState
    ) throws(InstanceError) -> [Snowflake: PipelinePlan] {
        var plans: [Snowflake: PipelinePlan] = [:]
        for channel in difference.opened {
            guard let plan = pipelines.plan(channel.pipeline, channel.bitrate) else {
                let index = state.channels.firstIndex { $0.channel == channel.channel } ?? 0
                let nearest = NearestName.of(channel.pipeline, in: pipelines.names)
                let hint =
                    nearest.map { "did you mean '\($0)'?" }
                    ?? "there are \(pipelines.names.sorted().joined(separator: ", "))"
                throw .malformed(
                    path: "channels[\(index)].pipeline", "there is no pipeline '\(channel.pipeline)'; \(hint)")
            }
            plans[channel.channel] = plan
        }
        return plans
    }

    private func checkLimits(_ difference: GuildDifference, _ state: GuildState) throws(InstanceError) {
        guard guilds[state.guild] != nil || guilds.count < limits.guilds else {
            throw .full("\(limits.guilds) guilds are the most")
        }
        guard rooms.count - difference.closed.count + difference.opened.count <= limits.rooms else {
            throw .full("\(limits.rooms) rooms are the most")
        }
        guard members.count - difference.left.count + difference.joined.count <= limits.members else {
            throw .full("\(limits.members) members are the most")
        }
        for (index, participant) in state.participants.enumerated() {
            if let ssrc = participant.ssrc, ssrcs.isGiven(ssrc) {
                throw .malformed(path: "participants[\(index)].ssrc", "\(ssrc) is somebody else's already")
            }
        }
    }

    private mutating func apply(
        _ difference: GuildDifference, _ state: GuildState, _ plans: [Snowflake: PipelinePlan], at now: Int64
    ) {
        for ending in difference.endings {
            guard let number = guilds[state.guild]?.sessions[ending.user] else { continue }
            end(number, code: ending.code, reason: ending.reason, at: now)
        }
        for participant in difference.left { removeParticipant(participant, of: state.guild) }
        for channel in difference.closed { closeRoom(RoomID(guild: state.guild.value, channel: channel.value)) }
        let older = guilds[state.guild]
        if older == nil { guilds[state.guild] = Guild(state) } else { guilds[state.guild]?.replace(state) }
        tombstones.raise(state.guild)
        expect(state)
        for channel in difference.opened {
            guard let plan = plans[channel.channel] else { continue }
            openRoom(channel, of: state, plan: plan)
        }
        for user in difference.changedUsers {
            guard let number = guilds[state.guild]?.sessions[user] else { continue }
            updateFlags(of: number)
            updateLocalMutes(of: number, from: older)
        }
        for participant in difference.changedParticipants {
            guard let id = guilds[state.guild]?.participants[participant.participant], let member = members[id]
            else { continue }
            set(participant.flags, of: id, member)
        }
        for participant in difference.joined { addParticipant(participant, of: state.guild) }
    }

    private mutating func openRoom(_ channel: ChannelState, of state: GuildState, plan: PipelinePlan) {
        let id = RoomID(guild: state.guild.value, channel: channel.channel.value)
        let shard = placement.choose()
        let expected = state.expected(in: channel.channel)
        rooms[id] = Room(channel: channel, shard: shard, expected: expected)
        placement.opened(shard)
        placement.expect(expected, on: shard)
        command(shard, .open(id, plan: plan, places: channel.places))
    }

    /// Whoever was in there has left before.
    private mutating func closeRoom(_ id: RoomID) {
        guard let room = rooms.removeValue(forKey: id) else { return }
        placement.closed(room.shard)
        placement.expect(-room.expected, on: room.shard)
        command(room.shard, .close(id))
    }

    /// Rooms that stay may have more or fewer members to come.
    private mutating func expect(_ state: GuildState) {
        var counts: [Snowflake: Int] = [:]
        for voice in state.voiceStates { counts[voice.channel, default: 0] += 1 }
        for participant in state.participants { counts[participant.channel, default: 0] += 1 }
        for channel in state.channels {
            let id = RoomID(guild: state.guild.value, channel: channel.channel.value)
            guard let room = rooms[id] else { continue }
            let expected = counts[channel.channel] ?? 0
            placement.expect(expected - room.expected, on: room.shard)
            rooms[id]?.expected = expected
        }
    }

    private mutating func addParticipant(_ participant: ParticipantState, of guild: Snowflake) {
        let room = RoomID(guild: guild.value, channel: participant.channel.value)
        if let ssrc = participant.ssrc { ssrcs.declare(ssrc) }
        let kind = MemberProfile.Kind.plain(source: participant.address, ssrc: participant.ssrc)
        guard
            let joined = join(
                room, as: .participant, id: participant.participant, kind: kind, flags: participant.flags)
        else { return }
        guilds[guild]?.participants[participant.participant] = joined.id
        command(joined.shard, .secure(joined.id, participant.media))
        members[joined.id]?.isSecured = true
        applyLocalMutes(of: joined.id)
        broadcast(.clientsConnect([participant.participant]), in: room, except: joined.id)
    }

    private mutating func removeParticipant(_ participant: Snowflake, of guild: Snowflake) {
        guard let id = guilds[guild]?.participants.removeValue(forKey: participant) else { return }
        let state = guilds[guild]?.state.participants.first { $0.participant == participant }
        if let ssrc = state?.ssrc { ssrcs.withdraw(ssrc) }
        leave(id, wasVisible: true)
    }

    private mutating func updateLocalMutes(of number: SessionNumber, from older: Guild?) {
        guard let session = sessions[number], let member = members[session.member] else { return }
        let before = Set(older?.voiceState(of: session.user)?.localMutes ?? [])
        let after = Set(guilds[Snowflake(session.room.guild)]?.voiceState(of: session.user)?.localMutes ?? [])
        guard before != after else { return }
        for otherID in rooms[session.room]?.members ?? [] where otherID != session.member {
            guard let other = members[otherID], before.contains(other.id) != after.contains(other.id) else { continue }
            command(member.shard, .mute(session.member, hears: otherID, isMuted: after.contains(other.id)))
        }
    }

    /// The guild is not served here any more; its clients are told to wait for another voice server (4022).
    /// - Returns: whether it was.
    @discardableResult
    public mutating func delete(guild: Snowflake, epoch: UInt64, at now: Int64) throws(InstanceError) -> Bool {
        guard let current = guilds[guild]?.state else {
            if let buried = tombstones[guild], epoch <= buried { return false }
            tombstones.bury(guild, epoch: epoch)
            return false
        }
        guard epoch >= current.epoch else {
            counts.pushes[.stale, default: 0] += 1
            throw .stale(
                guild: guild, currentEpoch: current.epoch, currentRevision: current.revision, "epoch \(epoch) is older")
        }
        remove(guild, code: .callTerminated, reason: "the guild is not served here any more", at: now)
        tombstones.bury(guild, epoch: epoch)
        counts.pushes[.deleted, default: 0] += 1
        return true
    }

    mutating func remove(_ guild: Snowflake, code: CloseCode, reason: String, at now: Int64) {
        guard let state = guilds[guild]?.state else { return }
        for voice in state.voiceStates {
            if let number = guilds[guild]?.sessions[voice.user] { end(number, code: code, reason: reason, at: now) }
        }
        for participant in state.participants { removeParticipant(participant.participant, of: guild) }
        for channel in state.channels { closeRoom(RoomID(guild: guild.value, channel: channel.channel.value)) }
        guilds[guild] = nil
    }
}

extension GuildState {
    fileprivate func expected(in channel: Snowflake) -> Int {
        voiceStates.count { $0.channel == channel } + participants.count { $0.channel == channel }
    }
}

extension ParticipantState {
    /// The suites by the names that pipelines know.
    fileprivate var media: MediaSession {
        guard let suite else {
            return MediaSession(
                inbound: nil, outbound: nil, destination: address, multiplexesControl: multiplexesControl)
        }
        let name = CryptoSuite(name: suite)?.rawValue ?? suite
        return MediaSession(
            inbound: KeyMaterial(suite: name, secret: receiveKey), outbound: KeyMaterial(suite: name, secret: sendKey),
            destination: address, multiplexesControl: multiplexesControl)
    }
}

extension InstanceError {
    fileprivate var outcome: PushOutcome {
        switch self {
        case .malformed: .malformed
        case .stale: .stale
        case .full: .full
        }
    }
}
