import LiveRoom
import Testing
import VoiceInstance

/// Versions 4 to 8 of the gateway.
@Suite struct VersionTests {
    @Test(arguments: ["4", "5", "6", "7", "8", nil]) func `each version comes in, and hears of others`(
        version: String?
    ) throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10, version: version)
        let messages = stage.take(connection)
        #expect(messages.compactMap { $0["op"] as? Int } == [8, 2, 4, 5, 11])
        #expect((messages[0]["d"] as? [String: Any])?["v"] as? Int == Int(version ?? "4"))
        let sequence = messages.compactMap { $0["seq"] as? Int }
        #expect(sequence == (version == "8" ? [1, 2, 3, 4] : []), "only version 8 has numbers")
        _ = stage.join(user: 11, version: version)
        #expect(stage.operations(connection) == [11])
    }

    @Test(arguments: ["3", "9", "0", "-8", "08x", "", "100"]) func `other versions are refused`(version: String) {
        let stage = Stage()
        let connection = stage.open(version: version)
        #expect(stage.code(connection) == .unknownProtocol)
        #expect(stage.take(connection).isEmpty)
    }

    @Test(arguments: [
        ("4", "1501184119561", "{\"op\":6,\"d\":1501184119561}"),
        ("7", "\"a\\u0022b\"", "{\"op\":6,\"d\":\"a\\\"b\"}"),
        ("5", "1.50e3", "{\"op\":6,\"d\":1.50e3}"),
        ("6", "null", "{\"op\":6,\"d\":null}"),
        ("7", "{\"t\":5,\"seq_ack\":1}", "{\"op\":6,\"d\":5}"),
        ("8", "{\"t\":18446744073709551615,\"seq_ack\":-1}", "{\"op\":6,\"d\":{\"t\":18446744073709551615}}"),
        ("8", "{\"t\":\"x\",\"seq_ack\":0}", "{\"op\":6,\"d\":{\"t\":\"x\"}}"),
        ("8", "7", "{\"op\":6,\"d\":{\"t\":7}}"),
    ])
    func `heartbeats are echoed to the last digit`(version: String, nonce: String, answer: String) throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10, version: version)
        stage.say("{\"op\":3,\"d\":\(nonce)}", on: connection)
        #expect(stage.texts[connection]?.last == answer)
    }

    @Test func `what newer clients add is let pass`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.open()
        stage.say(
            """
            {"op":0,"d":{"server_id":1,"user_id":10,"session_id":"s10","token":"t10","channel_id":"100","video":true,\
            "streams":[{"type":"video","rid":"100","quality":100}],"max_dave_protocol_version":1},"extra":null}
            """, on: connection)
        stage.say(
            """
            {"op":1,"d":{"protocol":"udp","data":{"address":"2001:db8::7","port":9,"mode":"aead_xchacha20_poly1305_rtpsize"},\
            "address":"2001:db8::7","port":9,"codecs":[{"name":"opus","type":"audio","priority":1000,"payload_type":120}]}}
            """, on: connection)
        #expect(stage.operations(connection) == [8, 2, 4, 5, 11])
    }

    @Test func `keys are made anew whenever a mode is selected`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let other = stage.join(user: 11)
        let connection = stage.join(user: 10)
        _ = (stage.take(connection), stage.take(other))
        stage.select(connection, mode: "aead_xchacha20_poly1305_rtpsize")
        #expect(stage.operations(connection) == [4, 5])
        #expect(stage.take(other).isEmpty, "the others have been told already")
        let keys = stage.takeCommands().compactMap {
            if case .secure(_, let media) = $0 { media.inbound } else { nil }
        }
        #expect(keys.count == 3 && Set(keys).count == 3)
    }
}
