import LiveRoom
import MediaCore
import SecureRTP

extension Instance {
    /// Modes that clients may choose from, the one that costs least first.
    static var modes: [String] { [RTPSizeMode.aes256GCM.rawValue, RTPSizeMode.xChaCha20Poly1305.rawValue] }

    mutating func identify(
        _ data: ClientMessage.Identify, on connection: ConnectionID, at now: Int64
    ) throws(GatewayRefusal) {
        let state: VoiceState
        do throws(IdentifyRefusal) {
            state = try authenticate(data, on: connection, at: now)
            try admit(state, to: data.server)
        } catch {
            counts.identifies[error.outcome, default: 0] += 1
            throw error.refusal
        }
        let older = guilds[data.server]?.sessions[data.user]
        if let older { end(older, code: .sessionInvalid, reason: "identified again, on another connection", at: now) }
        counts.identifies[older == nil ? .accepted : .replaced, default: 0] += 1
        begin(state, in: data.server, on: connection, at: now)
    }

    /// Whoever has not the token learns nothing but whether the guild is here.
    private mutating func authenticate(
        _ data: ClientMessage.Identify, on connection: ConnectionID, at now: Int64
    ) throws(IdentifyRefusal) -> VoiceState {
        guard let address = connections[connection]?.address, addresses.identifies(address, limits, at: now) else {
            throw IdentifyRefusal(.limited, .rateLimited, "too many identifies from your address")
        }
        guard let guild = guilds[data.server] else {
            throw IdentifyRefusal(.unknownGuild, .serverNotFound, "the guild is not served here")
        }
        guard let state = guild.voiceState(of: data.user), ConstantTime.isEqual(state.token, data.token) else {
            throw IdentifyRefusal(.unauthenticated, .authenticationFailed, "no such user, or not the token")
        }
        guard ConstantTime.isEqual(state.session, data.session) else {
            throw IdentifyRefusal(.sessionInvalid, .sessionInvalid, "the session is another by now")
        }
        return state
    }

    /// Whoever is refused here is told to wait for another voice server (4014).
    private func admit(_ state: VoiceState, to guild: Snowflake) throws(IdentifyRefusal) {
        let id = RoomID(guild: guild.value, channel: state.channel.value)
        guard let room = rooms[id] else {
            throw IdentifyRefusal(.unknownGuild, .serverNotFound, "the channel is not served here")
        }
        guard !isDraining else {
            throw IdentifyRefusal(.draining, .disconnected, "the voice server is being drained")
        }
        // Who is here already takes no more room than before.
        guard guilds[guild]?.sessions[state.user] == nil else { return }
        guard members.count < limits.members, room.members.count < limits.membersPerChannel else {
            throw IdentifyRefusal(.full, .disconnected, "the voice server is full")
        }
        guard !placement.isOverloaded(room.shard) else {
            throw IdentifyRefusal(.overloaded, .disconnected, "the voice server is overloaded")
        }
    }

    private mutating func begin(
        _ state: VoiceState, in guild: Snowflake, on connection: ConnectionID, at now: Int64
    ) {
        let number = SessionNumber(number: nextNumber())
        let room = RoomID(guild: guild.value, channel: state.channel.value)
        guard
            let member = join(
                room, as: .client(number), id: state.user, kind: .gateway, flags: state.flags)
        else { return }
        sessions[number] = GatewaySession(
            room: room, user: state.user, member: member.id, connection: connection,
            isSequenced: connections[connection]?.isSequenced ?? false, resendMessages: limits.resendMessages)
        guilds[guild]?.sessions[state.user] = number
        attach(number, to: connection, at: now)
        applyLocalMutes(of: member.id)
        tell(number, .ready(ssrc: member.ssrc, address: shards[member.shard], modes: Self.modes))
    }

    mutating func attach(_ session: SessionNumber, to connection: ConnectionID, at now: Int64) {
        // The queue has an entry for the time by which to identify; it finds the new deadline then.
        let deadline = now + configuration.heartbeatTimeout
        connections[connection]?.attach(session, until: deadline)
    }

    mutating func resume(
        _ data: ClientMessage.Resume, on connection: ConnectionID, at now: Int64
    ) throws(GatewayRefusal) {
        guard let state = connections[connection], addresses.identifies(state.address, limits, at: now) else {
            counts.resumes[.limited, default: 0] += 1
            throw GatewayRefusal(.rateLimited, "too many resumes from your address")
        }
        guard let guild = guilds[data.server], let voice = guild.voiceState(ofSession: data.session),
            let number = guild.sessions[voice.user]
        else {
            counts.resumes[.sessionInvalid, default: 0] += 1
            throw GatewayRefusal(.sessionInvalid, "there is no such session; identify")
        }
        guard ConstantTime.isEqual(voice.token, data.token) else {
            counts.resumes[.unauthenticated, default: 0] += 1
            throw GatewayRefusal(.authenticationFailed, "not the token")
        }
        let older = sessions[number]?.connection
        guard
            let missed = sessions[number]?.resume(
                on: connection, isSequenced: state.isSequenced, acknowledged: data.acknowledged)
        else {
            counts.resumes[.lost, default: 0] += 1
            end(number, code: .sessionInvalid, reason: "what was missed is not known any more", at: now)
            throw GatewayRefusal(.sessionInvalid, "what you have missed is not known any more; identify")
        }
        if let older { close(older, .sessionInvalid, "resumed on another connection", at: now) }
        attach(number, to: connection, at: now)
        counts.resumes[.accepted, default: 0] += 1
        counts.messagesResent += missed.count
        send(ServerMessage.resumed.text(sequence: nil), to: connection)
        for text in missed { send(text, to: connection) }
    }
}

/// Why somebody is not let in, for the counters and for them.
struct IdentifyRefusal: Error {
    var outcome: IdentifyOutcome
    var refusal: GatewayRefusal

    init(_ outcome: IdentifyOutcome, _ code: CloseCode, _ reason: String) {
        self.outcome = outcome
        refusal = GatewayRefusal(code, reason)
    }
}

extension VoiceState {
    /// What is set for the user from outside; that they have announced themselves, and speak with priority, they say.
    var flags: VoiceFlags {
        var flags: VoiceFlags = []
        if mute { flags.insert(.serverMute) }
        if deaf { flags.insert(.serverDeaf) }
        if selfMute { flags.insert(.selfMute) }
        if selfDeaf { flags.insert(.selfDeaf) }
        if suppress { flags.insert(.suppress) }
        return flags
    }
}

extension ParticipantState {
    var flags: VoiceFlags {
        var flags: VoiceFlags = []
        if mute { flags.insert(.serverMute) }
        if deaf { flags.insert(.serverDeaf) }
        if priority { flags.insert(.priority) }
        return flags
    }
}
