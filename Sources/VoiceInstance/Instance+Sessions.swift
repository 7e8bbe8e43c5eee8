import LiveRoom
import MediaCore
import SecureRTP

extension Instance {
    mutating func select(
        _ data: ClientMessage.SelectProtocol, in number: SessionNumber
    ) throws(GatewayRefusal) {
        guard let mode = RTPSizeMode(rawValue: data.mode) else {
            throw GatewayRefusal(.unknownMode, "modes are \(Self.modes.joined(separator: ", "))")
        }
        guard let session = sessions[number], let member = members[session.member] else { return }
        let key = secret(bytes: RTPSizeMode.keyBytes)
        let material = KeyMaterial(suite: mode.rawValue, secret: key)
        let media = MediaSession(inbound: material, outbound: material, destination: data.destination)
        command(member.shard, .secure(session.member, media))
        members[session.member]?.isSecured = true
        tell(number, .sessionDescription(mode: mode.rawValue, key: key, mediaSession: random.next()))
        tell(
            number,
            .speaking(user: configuration.mixUser, ssrc: member.streamSSRC, .microphone))
        if sessions[number]?.describe() == true { introduce(number, session.member, member) }
    }

    /// Tells the newcomer who is there and who speaks, and the others of the newcomer.
    private mutating func introduce(_ number: SessionNumber, _ id: MemberID, _ member: Member) {
        let others = (rooms[member.room]?.members ?? []).filter { $0 != id && isVisible($0) }
        let users = [configuration.mixUser] + others.compactMap { members[$0]?.id }
        for start in stride(from: 0, to: users.count, by: ServerMessage.maximumUsers) {
            tell(number, .clientsConnect(users[start..<min(start + ServerMessage.maximumUsers, users.count)]))
        }
        for other in others {
            if let other = members[other], other.isSpeaking { tell(number, other.speaking) }
        }
        broadcast(.clientsConnect([member.id]), in: member.room, except: id)
    }

    /// Whether the others are told of a member: of a client once it has its keys.
    func isVisible(_ id: MemberID) -> Bool {
        switch members[id]?.role {
        case .participant: true
        case .client(let number): sessions[number]?.isDescribed ?? false
        case nil: false
        }
    }

    mutating func announce(
        _ flags: SpeakingFlags, ssrc: UInt32?, in number: SessionNumber
    ) throws(GatewayRefusal) {
        guard let session = sessions[number], let member = members[session.member] else { return }
        guard ssrc == nil || ssrc == member.ssrc else {
            throw GatewayRefusal(.badRequest, "that is not your SSRC")
        }
        sessions[number]?.announce(flags)
        updateFlags(of: number)
    }

    /// What is set for a client follows from its voice state and what it says itself.
    mutating func updateFlags(of number: SessionNumber) {
        guard let session = sessions[number], let member = members[session.member],
            let state = guilds[Snowflake(session.room.guild)]?.voiceState(of: session.user)
        else { return }
        var flags = state.flags
        if session.hasAnnounced { flags.insert(.announced) }
        if state.priority && session.speaking.contains(.priority) { flags.insert(.priority) }
        set(flags, of: session.member, member)
    }

    mutating func set(_ flags: VoiceFlags, of id: MemberID, _ member: Member) {
        guard flags != member.flags else { return }
        members[id]?.flags = flags
        command(member.shard, .set(id, flags))
    }

    /// The connection is gone: the session waits for another, and its member stays in the room.
    mutating func detach(_ number: SessionNumber, at now: Int64) {
        guard sessions[number] != nil else { return }
        let until = now + configuration.resumeWindow
        sessions[number]?.detach(until: until)
        watch(.session(number), at: until)
    }

    mutating func sessionIsDue(_ number: SessionNumber, at now: Int64) {
        guard let session = sessions[number], case .detached(let until) = session.link else { return }
        if until <= now { end(number, code: .sessionTimeout, reason: "not resumed in time", at: now) }
    }

    /// The session is over: its connection, if there is one, is closed, and its member leaves.
    mutating func end(_ number: SessionNumber, code: CloseCode, reason: String, at now: Int64) {
        guard let session = sessions[number] else { return }
        if let connection = session.connection { close(connection, code, reason, at: now) }
        let wasVisible = session.isDescribed
        sessions[number] = nil
        guilds[Snowflake(session.room.guild)]?.sessions[session.user] = nil
        leave(session.member, wasVisible: wasVisible)
    }

    // MARK: Telling

    mutating func tell(_ number: SessionNumber, _ message: ServerMessage) {
        guard let (connection, text) = sessions[number]?.tell(message) else { return }
        send(text, to: connection)
    }

    /// To every client of a room that has its keys.
    mutating func broadcast(_ message: ServerMessage, in room: RoomID, except id: MemberID) {
        for member in rooms[room]?.members ?? [] where member != id {
            guard case .client(let number) = members[member]?.role, sessions[number]?.isDescribed == true
            else { continue }
            tell(number, message)
        }
    }

    mutating func command(_ shard: Int, _ command: ShardCommand) {
        actions.append(.command(shard: shard, command))
    }

    mutating func secret(bytes count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count {
            let word = random.next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) where bytes.count < count {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return bytes
    }
}

extension Member {
    /// What the others are told of how the member speaks.
    var speaking: ServerMessage {
        let flags: SpeakingFlags = flags.contains(.priority) ? [.microphone, .priority] : .microphone
        return .speaking(user: id, ssrc: ssrc, isSpeaking ? flags : [])
    }
}
