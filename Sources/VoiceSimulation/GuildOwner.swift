import VoiceInstance

/// Stands for the main gateway: owns one guild's state, and pushes it whenever something has changed.
struct GuildOwner {
    private(set) var state: GuildState

    init(guild: UInt64, channels: [ChannelState]) {
        state = GuildState(guild: Snowflake(guild), epoch: 3, revision: 1, channels: channels)
    }

    func voiceState(of user: Snowflake) -> VoiceState? { state.voiceStates.first { $0.user == user } }

    mutating func put(_ voice: VoiceState) {
        state.revision += 1
        if let index = state.voiceStates.firstIndex(where: { $0.user == voice.user }) {
            state.voiceStates[index] = voice
        } else {
            state.voiceStates.append(voice)
        }
    }

    mutating func remove(_ user: Snowflake) {
        state.revision += 1
        state.voiceStates.removeAll { $0.user == user }
    }

    mutating func removeAll() {
        state.revision += 1
        state.voiceStates = []
    }

    mutating func set(pipeline: String, of channel: Snowflake) {
        state.revision += 1
        for i in state.channels.indices where state.channels[i].channel == channel {
            state.channels[i].pipeline = pipeline
        }
    }
}
