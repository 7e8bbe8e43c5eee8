import SecureRTP

extension GuildState {
    static let maximumLocalMutes = 128
    static let maximumNameBytes = 64
    static let maximumSessionBytes = 128
    static let maximumTokenBytes = 512

    /// Whether the state makes sense, by itself and to an instance that is configured so.
    func validate(_ configuration: InstanceConfiguration) throws(InstanceError) {
        let limits = configuration.limits
        try check(guild, "guild_id")
        guard channels.count <= limits.channelsPerGuild else {
            throw .malformed(path: "channels", "\(limits.channelsPerGuild) are the most")
        }
        guard voiceStates.count + participants.count <= limits.membersPerGuild else {
            throw .malformed(
                path: "voice_states", "\(limits.membersPerGuild) are the most, with participants")
        }
        var ids: Set<Snowflake> = []
        for (index, channel) in channels.enumerated() {
            let path = "channels[\(index)]"
            try channel.validate(path)
            guard ids.insert(channel.channel).inserted else {
                throw .malformed(path: path + ".channel_id", "is there twice")
            }
        }
        var people: Set<Snowflake> = [configuration.mixUser]
        var sessions: Set<String> = []
        for (index, state) in voiceStates.enumerated() {
            let path = "voice_states[\(index)]"
            try state.validate(path, channels: ids)
            guard people.insert(state.user).inserted else {
                throw .malformed(path: path + ".user_id", state.user.isTaken(configuration))
            }
            guard sessions.insert(state.session).inserted else {
                throw .malformed(path: path + ".session_id", "is there twice")
            }
        }
        var counts: [Snowflake: Int] = [:]
        for (index, participant) in participants.enumerated() {
            let path = "participants[\(index)]"
            try participant.validate(path, channels: ids, allowsPlainRTP: configuration.allowsPlainRTP)
            guard people.insert(participant.participant).inserted else {
                throw .malformed(path: path + ".participant_id", participant.participant.isTaken(configuration))
            }
            counts[participant.channel, default: 0] += 1
            guard counts[participant.channel, default: 0] <= limits.membersPerChannel else {
                throw .malformed(path: path + ".channel_id", "\(limits.membersPerChannel) members are the most")
            }
        }
    }
}

private func check(_ id: Snowflake, _ path: String) throws(InstanceError) {
    guard id.value != 0 else { throw .malformed(path: path, "0 is no id") }
}

private func check(_ text: String, _ path: String, most: Int) throws(InstanceError) {
    guard (1...most).contains(text.utf8.count) else { throw .malformed(path: path, "has 1 to \(most) bytes") }
}

extension Snowflake {
    fileprivate func isTaken(_ configuration: InstanceConfiguration) -> String {
        self == configuration.mixUser ? "\(self) is the mix's own id" : "\(self) is there twice"
    }
}

extension ChannelState {
    fileprivate func validate(_ path: String) throws(InstanceError) {
        try check(channel, path + ".channel_id")
        try check(pipeline, path + ".pipeline", most: GuildState.maximumNameBytes)
        guard Self.placesRange.contains(places) else {
            throw .malformed(
                path: path + ".places", "is \(Self.placesRange.lowerBound) to \(Self.placesRange.upperBound)")
        }
        guard bitrate.map({ Self.bitrateRange.contains($0) }) ?? true else {
            throw .malformed(
                path: path + ".bitrate", "is \(Self.bitrateRange.lowerBound) to \(Self.bitrateRange.upperBound) bit/s")
        }
    }
}

extension VoiceState {
    fileprivate func validate(_ path: String, channels: Set<Snowflake>) throws(InstanceError) {
        try check(user, path + ".user_id")
        guard channels.contains(channel) else {
            throw .malformed(path: path + ".channel_id", "\(channel) is not among the channels")
        }
        try check(session, path + ".session_id", most: GuildState.maximumSessionBytes)
        try check(token, path + ".token", most: GuildState.maximumTokenBytes)
        guard localMutes.count <= GuildState.maximumLocalMutes else {
            throw .malformed(path: path + ".local_mutes", "\(GuildState.maximumLocalMutes) are the most")
        }
    }
}

extension ParticipantState {
    fileprivate func validate(
        _ path: String, channels: Set<Snowflake>, allowsPlainRTP: Bool
    ) throws(InstanceError) {
        try check(participant, path + ".participant_id")
        guard channels.contains(channel) else {
            throw .malformed(path: path + ".channel_id", "\(channel) is not among the channels")
        }
        guard ssrc != 0, ssrc != SSRCTable.magicCookie else { throw .malformed(path: path + ".ssrc", "cannot be used") }
        guard address != nil || ssrc != nil else {
            throw .malformed(path: path, "an 'address', an 'ssrc', or both say whose packets are its own")
        }
        guard let suite else {
            guard allowsPlainRTP else {
                throw .malformed(path: path + ".suite", "is missing; RTP without keys is not allowed here")
            }
            guard address != nil else {
                throw .malformed(
                    path: path + ".address", "is missing; without keys it is all that tells whose packets they are")
            }
            return
        }
        guard let known = CryptoSuite(name: suite) else {
            let names = CryptoSuite.allCases.map(\.rawValue).joined(separator: ", ")
            throw .malformed(path: path + ".suite", "there is no '\(suite)'; there are \(names)")
        }
        let length = known.masterKeyBytes + known.masterSaltBytes
        for (name, key) in [("receive_key", receiveKey), ("send_key", sendKey)] where key.count != length {
            throw .malformed(
                path: path + "." + name, "\(known.rawValue) takes \(length) bytes of key and salt, not \(key.count)")
        }
    }
}
