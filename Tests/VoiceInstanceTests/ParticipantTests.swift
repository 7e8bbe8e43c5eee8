import LiveRoom
import MediaCore
import PacketCapture
import Testing
import VoiceInstance

/// Who takes part by plain RTP or SRTP.
@Suite struct ParticipantTests {
    private static func state(_ change: (inout ParticipantState) -> Void = { _ in }) -> GuildState {
        var participant = ParticipantState(participant: 20, channel: 100, suite: "AEAD_AES_128_GCM")
        participant.receiveKey = Array(repeating: 1, count: 28)
        participant.sendKey = Array(repeating: 2, count: 28)
        participant.ssrc = 7
        change(&participant)
        var state = GuildState.simple()
        state.participants = [participant]
        return state
    }

    @Test func `joins with its keys, and is announced`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let client = stage.join(user: 10)
        _ = (stage.takeCommands(), stage.take(client))
        try stage.push(Self.state().next { _ in })
        let commands = stage.takeCommands()
        guard case .join(_, let member, let profile) = commands[0], case .secure(member, let media) = commands[1]
        else {
            Issue.record("\(commands)")
            return
        }
        #expect(profile.kind == .plain(source: nil, ssrc: 7) && profile.ssrc != 7)
        #expect(media.inbound == KeyMaterial(suite: "aead-aes-128-gcm", secret: Array(repeating: 1, count: 28)))
        #expect(media.outbound?.secret == Array(repeating: 2, count: 28))
        #expect((stage.take(client).first?["d"] as? [String: Any])?["user_ids"] as? [String] == ["20"])
        let newcomer = stage.join(user: 11)
        #expect((stage.take(newcomer).last?["d"] as? [String: Any])?["user_ids"] as? [String] == ["1", "10", "20"])
        stage.act { $0.shardEvent(.speaking(RoomID(guild: 1, channel: 100), member, true), from: 0, at: $1) }
        #expect((stage.take(newcomer).last?["d"] as? [String: Any])?["user_id"] as? String == "20")
    }

    @Test func `RTP without keys needs leave and an address`() throws {
        var configuration = InstanceConfiguration()
        configuration.allowsPlainRTP = true
        let stage = Stage(configuration)
        let plain = Self.state { ($0.suite, $0.receiveKey, $0.sendKey) = (nil, [], []) }
        #expect(throws: InstanceError.self) { try stage.push(plain) }
        let address = Endpoint(ipv4: 0x7F00_0001, port: 5004)
        let bound = plain.next { $0.participants[0].address = address }
        #expect(throws: InstanceError.self) { try Stage().push(bound) }
        try stage.push(bound)
        guard case .secure(_, let media)? = stage.takeCommands().last else { return }
        #expect(media == MediaSession(inbound: nil, outbound: nil, destination: address))
    }

    @Test func `flags are set, everything else is a leave and a join`() throws {
        let stage = Stage()
        let state = Self.state()
        try stage.push(state)
        _ = stage.takeCommands()
        let muted = state.next { $0.participants[0].mute = true }
        try stage.push(muted)
        #expect(stage.takeCommands().map(\.name) == ["set"])
        let rekeyed = muted.next { $0.participants[0].receiveKey[0] = 9 }
        try stage.push(rekeyed)
        #expect(stage.takeCommands().map(\.name) == ["leave", "join", "secure"])
        try stage.push(rekeyed.next { $0.participants = [] })
        #expect(stage.takeCommands().map(\.name) == ["leave"])
        #expect(stage.instance.statistics.participants == 0)
    }

    @Test func `an SSRC that somebody was given is not to be had`() throws {
        let stage = Stage()
        try stage.push(.simple())
        _ = stage.join(user: 10)
        let given = try #require(stage.member(user: 10)).ssrc
        let error = #expect(throws: InstanceError.self) {
            try stage.push(Self.state { $0.ssrc = given }.next { _ in })
        }
        #expect("\(try #require(error))".hasPrefix("participants[0].ssrc: "))
    }

    @Test func `what a shard says of it is shown`() throws {
        let stage = Stage()
        try stage.push(Self.state())
        let member = try #require(stage.member(user: 20)).member
        let address = Endpoint(ipv4: 0x7F00_0001, port: 5004)
        stage.act { $0.shardEvent(.located(member, address), from: 0, at: $1) }
        stage.act { $0.shardEvent(.failed(member, "keys do not fit"), from: 0, at: $1) }
        let shown = try #require(stage.member(user: 20))
        #expect(shown.endpoint == address && shown.failure == "keys do not fit" && shown.kind == .participant)
    }
}
