/// What has to happen so that a guild becomes as its newer state says.
struct GuildDifference: Sendable, Hashable {
    /// A session that cannot go on.
    struct Ending: Sendable, Hashable {
        var user: Snowflake
        var code: CloseCode
        var reason: String
    }

    var closed: [Snowflake] = []
    var opened: [ChannelState] = []
    var endings: [Ending] = []
    var left: [Snowflake] = []
    var joined: [ParticipantState] = []
    /// Who stays, with other flags or other local mutes.
    var changedUsers: [Snowflake] = []
    var changedParticipants: [ParticipantState] = []

    init(from older: GuildState?, to newer: GuildState) {
        let oldChannels = Dictionary(uniqueKeysWithValues: (older?.channels ?? []).map { ($0.channel, $0) })
        let newChannels = Dictionary(uniqueKeysWithValues: newer.channels.map { ($0.channel, $0) })
        closed = (older?.channels ?? []).filter { newChannels[$0.channel] != $0 }.map(\.channel)
        opened = newer.channels.filter { oldChannels[$0.channel] != $0 }
        compareUsers(older?.voiceStates ?? [], newer, reopened: Set(closed))
        compareParticipants(older?.participants ?? [], newer, reopened: Set(closed))
    }

    private mutating func compareUsers(_ older: [VoiceState], _ newer: GuildState, reopened: Set<Snowflake>) {
        let states = Dictionary(uniqueKeysWithValues: newer.voiceStates.map { ($0.user, $0) })
        let channels = Set(newer.channels.map(\.channel))
        for old in older {
            guard let new = states[old.user] else {
                endings.append(
                    channels.contains(old.channel)
                        ? Ending(user: old.user, code: .disconnected, reason: "you were disconnected")
                        : Ending(user: old.user, code: .callTerminated, reason: "the channel is gone"))
                continue
            }
            if new.channel != old.channel {
                endings.append(Ending(user: old.user, code: .disconnected, reason: "you were moved"))
            } else if new.session != old.session || new.token != old.token {
                endings.append(Ending(user: old.user, code: .sessionInvalid, reason: "the session is another by now"))
            } else if reopened.contains(old.channel) {
                endings.append(Ending(user: old.user, code: .sessionInvalid, reason: "the channel was set up anew"))
            } else if new != old {
                changedUsers.append(old.user)
            }
        }
    }

    private mutating func compareParticipants(
        _ older: [ParticipantState], _ newer: GuildState, reopened: Set<Snowflake>
    ) {
        let states = Dictionary(uniqueKeysWithValues: newer.participants.map { ($0.participant, $0) })
        var stays: Set<Snowflake> = []
        for old in older {
            if let new = states[old.participant], new.differsOnlyInFlags(from: old), !reopened.contains(old.channel) {
                stays.insert(old.participant)
                if new != old { changedParticipants.append(new) }
            } else {
                left.append(old.participant)
            }
        }
        joined = newer.participants.filter { !stays.contains($0.participant) }
    }
}

extension ParticipantState {
    fileprivate func differsOnlyInFlags(from other: ParticipantState) -> Bool {
        var copy = self
        (copy.mute, copy.deaf, copy.priority) = (other.mute, other.deaf, other.priority)
        return copy == other
    }
}
