import PacketCapture
import Testing
import VoiceInstance

/// Guilds' states as JSON text.
@Suite struct GuildStateTests {
    @Test func `is read as it was written`() throws {
        var state = GuildState.simple(guild: .max, epoch: .max, revision: .max, channels: 3)
        state.channels[1].bitrate = 64_000
        state.channels[2].places = 64
        state.voiceStates[0].token = "\"\\\u{1}\u{7F}é🎙\n"
        state.voiceStates[1].localMutes = [10, 12, 20]
        (state.voiceStates[1].mute, state.voiceStates[2].suppress) = (true, true)
        var secured = ParticipantState(participant: 20, channel: 101, suite: "aead-aes-256-gcm")
        secured.receiveKey = (0..<44).map { UInt8($0) }
        secured.sendKey = (0..<44).map { UInt8(255 - $0) }
        secured.ssrc = .max
        secured.address = Endpoint(high: 0x2001_0DB8_0000_0000, low: 0x0001_0000_0000_0001, port: 5004)
        var plain = ParticipantState(participant: 21, channel: 102)
        plain.address = Endpoint(ipv4: 0xC000_0201, port: 65_535)
        (plain.mute, plain.deaf, plain.priority) = (true, true, true)
        state.participants = [secured, plain]
        #expect(try GuildState(parsing: Array(state.json.utf8)) == state)
        let shown = state.json(withSecrets: false)
        #expect(!shown.contains("token") && !shown.contains("_key"))
    }

    @Test func `ids may be numbers, what is left out has its usual value`() throws {
        let state = try GuildState(
            parsing: Array(
                """
                {"guild_id": 18446744073709551615, "epoch": 1, "revision": "2",
                 "channels": [{"channel_id": 5, "pipeline": "stage", "bitrate": null}],
                 "voice_states": [{"user_id": 7, "channel_id": "5", "session_id": "a", "token": "b", "mute": false}]}
                """.utf8))
        #expect(state.guild == Snowflake(.max) && state.revision == 2)
        #expect(state.channels == [ChannelState(channel: 5, pipeline: "stage", places: 16)])
        #expect(state.voiceStates == [VoiceState(user: 7, channel: 5, session: "a", token: "b")])
    }

    private static let channel = "\"channels\":[{\"channel_id\":\"5\",\"pipeline\":\"stage\"}]"
    private static let head = "\"guild_id\":\"1\",\"epoch\":1,\"revision\":1"
    private static func user(_ text: String) -> String { "{\(head),\(channel),\"voice_states\":[\(text)]}" }
    private static func participant(_ text: String) -> String { "{\(head),\(channel),\"participants\":[\(text)]}" }
    private static let good = "{\"user_id\":\"7\",\"channel_id\":\"5\",\"session_id\":\"a\",\"token\":\"b\"}"

    static let malformed: [(String, String)] = [
        ("", "not JSON at byte 0"), ("[]", "is an array, not an object"), ("{", "not JSON at byte 1"),
        ("{}", "guild_id: is missing"), ("{\"guild_id\":\"x\"}", "guild_id: is not a decimal string"),
        ("{\"guild_id\":-1}", "guild_id: is not a decimal string"),
        ("{\"guild_id\":\"18446744073709551616\"}", "guild_id: is not a decimal string"),
        ("{\(head),\"chanels\":[]}", "chanels: is not known; did you mean 'channels'?"),
        ("{\(head),\"channels\":{}}", "channels: is an object, not an array"),
        ("{\(head),\"channels\":[[]]}", "channels[0]: is an array, not an object"),
        ("{\(head),\"channels\":[{\"channel_id\":\"5\"}]}", "channels[0].pipeline: is missing"),
        (
            "{\(head),\"channels\":[{\"channel_id\":\"5\",\"pipeline\":\"stage\",\"places\":65}]}",
            "channels[0].places: is 1 to 64"
        ),
        (
            "{\(head),\"channels\":[{\"channel_id\":\"5\",\"pipeline\":\"stage\",\"places\":\"3\"}]}",
            "channels[0].places: is a string"
        ),
        (
            "{\(head),\"channels\":[{\"channel_id\":\"5\",\"pipeline\":\"stage\",\"bitrate\":1}]}",
            "channels[0].bitrate: is 6000 to"
        ),
        (user("{}"), "voice_states[0].user_id: is missing"),
        (user("\(good),{\"user_id\":true}"), "voice_states[1].user_id: is not"),
        (user("\(good),\(good)"), "voice_states[1].user_id: 7 is there twice"),
        (user(good.replacing("\"7\"", with: "\"1\"")), "voice_states[0].user_id: 1 is the mix's own id"),
        (user("\(good),\(good.replacing("\"7\"", with: "\"8\""))"), "voice_states[1].session_id: is there twice"),
        (user(good.replacing("\"5\"", with: "\"6\"")), "voice_states[0].channel_id: 6 is not among the channels"),
        (user(good.replacing("\"b\"", with: "\"\"")), "voice_states[0].token: has 1 to 512 bytes"),
        (user(good.replacing("}", with: ",\"mute\":1}")), "voice_states[0].mute: is a number, not true or false"),
        (
            user(good.replacing("}", with: ",\"self-mute\":true}")),
            "voice_states[0].self-mute: is not known; did you mean 'self_mute'"
        ),
        (
            user(good.replacing("}", with: ",\"local_mutes\":[1,\"x\"]}")),
            "voice_states[0].local_mutes[1]: is not an id"
        ),
        (participant("{\"participant_id\":1}"), "participants[0].channel_id: is missing"),
        (participant("{\"participant_id\":9,\"channel_id\":5}"), "participants[0]: an 'address', an 'ssrc', or both"),
        (
            participant("{\"participant_id\":9,\"channel_id\":5,\"ssrc\":7}"),
            "participants[0].suite: is missing; RTP without keys"
        ),
        (participant("{\"participant_id\":9,\"channel_id\":5,\"ssrc\":0}"), "participants[0].ssrc: cannot be used"),
        (
            participant("{\"participant_id\":9,\"channel_id\":5,\"ssrc\":4294967296}"),
            "participants[0].ssrc: has 32 bits"
        ),
        (
            participant("{\"participant_id\":9,\"channel_id\":5,\"address\":\"1.2.3.4\"}"),
            "participants[0].address: is not like"
        ),
        (
            participant("{\"participant_id\":9,\"channel_id\":5,\"address\":\"[1.2.3.4]:5\"}"),
            "participants[0].address: is not like"
        ),
        (
            participant("{\"participant_id\":9,\"channel_id\":5,\"address\":\"1::2:5\"}"),
            "participants[0].address: is not like"
        ),
        (
            participant("{\"participant_id\":9,\"channel_id\":5,\"ssrc\":7,\"suite\":\"aes\"}"),
            "participants[0].suite: there is no 'aes'"
        ),
        (
            participant("{\"participant_id\":9,\"channel_id\":5,\"ssrc\":7,\"key\":\"AAAA\"}"),
            "participants[0].suite: is missing: there are keys"
        ),
        (
            participant(
                "{\"participant_id\":9,\"channel_id\":5,\"ssrc\":7,\"suite\":\"aead-aes-128-gcm\",\"key\":\"%\"}"),
            "participants[0].key: the key is neither"
        ),
        (
            participant(
                "{\"participant_id\":9,\"channel_id\":5,\"ssrc\":7,\"suite\":\"aead-aes-128-gcm\",\"receive_key\":\"AAAA\"}"
            ), "participants[0].receive_key: aead-aes-128-gcm takes 28 bytes"
        ),
    ]

    @Test(arguments: malformed) func `what is wrong is refused with its path`(json: String, expected: String) {
        let stage = Stage()
        let error = #expect(throws: InstanceError.self) {
            try stage.act { try $0.push(json: Array(json.utf8), at: $1) }
        }
        #expect("\(error.map { "\($0)" } ?? "")".hasPrefix(expected), "\(error.map { "\($0)" } ?? "")")
        #expect(stage.instance.statistics.pushes == [.malformed: 1])
    }

    @Test func `limits have names`() throws {
        var configuration = InstanceConfiguration()
        configuration.limits.channelsPerGuild = 2
        configuration.limits.membersPerGuild = 3
        configuration.limits.guilds = 1
        configuration.limits.rooms = 1
        configuration.limits.stateBytes = 10_000
        let stage = Stage(configuration)
        func refusal(_ state: GuildState) -> String {
            let error = #expect(throws: InstanceError.self) {
                try stage.act { try $0.push(json: Array(state.json.utf8), at: $1) }
            }
            return error.map { "\($0)" } ?? ""
        }
        #expect(refusal(.simple(channels: 3)) == "channels: has 3 elements; 2 are the most")
        #expect(refusal(.simple(users: [10, 11, 12, 13])) == "voice_states: has 4 elements; 3 are the most")
        #expect(refusal(.simple(channels: 2)) == "1 rooms are the most")
        #expect(refusal(.simple(users: Array(1000..<1200))).contains("10000 bytes"))
        try stage.push(.simple())
        #expect(refusal(.simple(guild: 2)) == "1 guilds are the most")
        try stage.push(GuildState.simple(revision: 2).next { $0.channels[0].channel = 100 })
    }
}
