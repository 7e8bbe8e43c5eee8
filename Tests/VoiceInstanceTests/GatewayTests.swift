import LiveRoom
import MediaCore
import PacketCapture
import Testing
import VoiceInstance

/// The voice gateway from hello to speaking.
@Suite struct GatewayTests {
    @Test func `a client comes in from hello to the session description`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.open()
        let hello = try #require(stage.take(connection).first)
        #expect(hello["op"] as? Int == 8 && hello["seq"] == nil)
        #expect((hello["d"] as? [String: Any])?["heartbeat_interval"] as? Int == 41_250)
        stage.commands = []

        stage.identify(connection, user: 10)
        let ready = try #require(stage.take(connection).first)
        let data = try #require(ready["d"] as? [String: Any])
        #expect(ready["op"] as? Int == 2 && ready["seq"] as? Int == 1)
        #expect(data["ip"] as? String == "203.0.113.5" && data["port"] as? Int == 5000)
        #expect(data["modes"] as? [String] == ["aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"])
        let ssrc = try #require(data["ssrc"] as? Int)
        guard case .join(let room, let member, let profile)? = stage.takeCommands().first else {
            Issue.record("the member has not joined")
            return
        }
        #expect(room == RoomID(guild: 1, channel: 100) && Int(profile.ssrc) == ssrc && profile.kind == .gateway)

        stage.select(connection)
        let messages = stage.take(connection)
        #expect(messages.compactMap { $0["op"] as? Int } == [4, 5, 11])
        let description = try #require(messages[0]["d"] as? [String: Any])
        let key = try #require(description["secret_key"] as? [Int])
        #expect(key.count == 32 && description["dave_protocol_version"] as? Int == 0)
        #expect(description["mode"] as? String == "aead_aes256_gcm_rtpsize")
        guard case .secure(member, let media)? = stage.takeCommands().first else {
            Issue.record("the member has no keys")
            return
        }
        #expect(media.inbound?.secret.map { Int($0) } == key && media.inbound == media.outbound)
        #expect(media.destination?.description == "198.51.100.7:50000")
        let mix = try #require(messages[1]["d"] as? [String: Any])
        #expect(mix["user_id"] as? String == "1" && mix["ssrc"] as? Int == Int(profile.stream.ssrc))
        #expect((messages[2]["d"] as? [String: Any])?["user_ids"] as? [String] == ["1"])
    }

    @Test func `clients are told of one another, and of who speaks`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let first = stage.join(user: 10)
        _ = stage.take(first)
        let second = stage.join(user: 11)
        let told = stage.take(first)
        #expect(told.compactMap { $0["op"] as? Int } == [11])
        #expect((told[0]["d"] as? [String: Any])?["user_ids"] as? [String] == ["11"])
        let list = stage.take(second).last?["d"] as? [String: Any]
        #expect(list?["user_ids"] as? [String] == ["1", "10"])

        let member = try #require(stage.member(user: 10))
        stage.act {
            $0.shardEvent(.speaking(RoomID(guild: 1, channel: 100), member.member, true), from: 0, at: $1)
        }
        #expect(stage.take(first).isEmpty, "nobody is told of themselves")
        let speaking = stage.take(second).first?["d"] as? [String: Any]
        #expect(speaking?["user_id"] as? String == "10" && speaking?["ssrc"] as? Int == Int(member.ssrc))
        #expect(speaking?["speaking"] as? Int == 1)
    }

    @Test func `what a client says of its speaking reaches the shard`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10)
        _ = stage.takeCommands()
        stage.speak(connection, 1)
        stage.speak(connection, 5)
        let flags = stage.takeCommands().compactMap { if case .set(_, let flags) = $0 { flags } else { nil } }
        #expect(flags == [.announced], "priority is not theirs to take")
    }
}
