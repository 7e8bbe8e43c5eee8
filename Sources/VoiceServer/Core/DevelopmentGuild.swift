import Foundation
import VoiceInstance

/// A guild for trying things out: whoever shows its token is put into it the moment they identify.
struct DevelopmentGuild {
    /// Users who are remembered; the oldest gives way.
    static let maximumUsers = 500

    private let token: String
    private let pipeline: String
    private let places: Int
    private(set) var state: GuildState

    init(_ development: ServerConfiguration.Development, pipeline: String, places: Int) {
        token = development.token
        self.pipeline = pipeline
        self.places = places
        state = GuildState(guild: Snowflake(development.guild), epoch: 1, revision: 1)
        addChannel(Snowflake(development.channel))
    }

    /// Looks at a message of a client who has not said yet who they are.
    /// - Returns: the guild with the client in it, if it has to be pushed before the instance sees the message.
    mutating func admit(_ message: [UInt8]) -> GuildState? {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let identify = try? decoder.decode(Identify.self, from: Data(message)), identify.op == 0,
            Snowflake(identify.d.serverId) == state.guild, identify.d.token == token,
            let user = Snowflake(identify.d.userId)
        else { return nil }
        let channel = identify.d.channelId.flatMap { Snowflake($0) } ?? state.channels[0].channel
        let voiceState = VoiceState(user: user, channel: channel, session: identify.d.sessionId, token: token)
        if state.voiceStates.contains(voiceState) { return nil }
        if !state.channels.contains(where: { $0.channel == channel }) {
            guard state.channels.count < Self.maximumUsers else { return nil }
            addChannel(channel)
        }
        state.voiceStates.removeAll { $0.user == user }
        if state.voiceStates.count == Self.maximumUsers { state.voiceStates.removeFirst() }
        state.voiceStates.append(voiceState)
        state.revision += 1
        return state
    }

    private mutating func addChannel(_ channel: Snowflake) {
        state.channels.append(ChannelState(channel: channel, pipeline: pipeline, places: places))
    }

    private struct Identify: Decodable {
        struct Payload: Decodable {
            var serverId: String
            var userId: String
            var sessionId: String
            var token: String
            var channelId: String?
        }

        var op: Int
        var d: Payload
    }
}
