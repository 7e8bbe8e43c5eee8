import LiveRoom
import Testing
import VoiceInstance

/// Every reason for which a connection is closed.
@Suite struct CloseCodeTests {
    /// What a client with a session says wrongly, and what it is told.
    static let wrongs: [(String, CloseCode)] = [
        ("not JSON", .undecodable), ("", .undecodable), ("[]", .undecodable), ("{}", .undecodable),
        ("{\"op\":\"1\",\"d\":{}}", .undecodable), ("{\"op\":1.5,\"d\":{}}", .undecodable),
        ("{\"op\":3,\"d\":1}x", .undecodable), ("{\"op\":3,\"op\":3,\"d\":1}", .undecodable),
        ("{\"op\":3,\"d\":\"\\ud800\"}", .undecodable), ("{\"op\":3,\"d\":[1]}", .undecodable),
        ("{\"op\":3,\"d\":{\"t\":1,\"seq_ack\":\"1\"}}", .undecodable),
        ("{\"op\":5,\"d\":{}}", .undecodable), ("{\"op\":5,\"d\":{\"speaking\":\"1\"}}", .undecodable),
        ("{\"op\":1,\"d\":{\"protocol\":\"udp\"}}", .undecodable), ("{\"op\":1}", .undecodable),
        ("{\"op\":2,\"d\":{}}", .unknownOpcode), ("{\"op\":99,\"d\":null}", .unknownOpcode),
        ("{\"op\":-1}", .unknownOpcode),
        (
            "{\"op\":0,\"d\":{\"server_id\":\"1\",\"user_id\":\"10\",\"session_id\":\"s10\",\"token\":\"t10\"}}",
            .alreadyAuthenticated
        ),
        ("{\"op\":7,\"d\":{\"server_id\":\"1\",\"session_id\":\"s10\",\"token\":\"t10\"}}", .alreadyAuthenticated),
        ("{\"op\":1,\"d\":{\"protocol\":\"webrtc\",\"data\":\"sdp\"}}", .unknownProtocol),
        (select(mode: "xsalsa20_poly1305"), .unknownMode),
        (select(address: "example.com"), .badRequest), (select(address: "1.2.3"), .badRequest),
        (select(address: "1.2.3.256"), .badRequest), (select(address: "1::2::3"), .badRequest),
        (select(port: 0), .badRequest), (select(port: 65_536), .badRequest),
        ("{\"op\":5,\"d\":{\"speaking\":8}}", .badRequest), ("{\"op\":5,\"d\":{\"speaking\":-1}}", .badRequest),
        ("{\"op\":5,\"d\":{\"speaking\":1,\"ssrc\":4294967296}}", .badRequest),
        ("{\"op\":5,\"d\":{\"speaking\":1,\"ssrc\":7}}", .badRequest),
    ]

    static func select(mode: String = "aead_aes256_gcm_rtpsize", address: String = "1.2.3.4", port: Int = 9) -> String {
        "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"mode\":\"\(mode)\",\"address\":\"\(address)\",\"port\":\(port)}}}"
    }

    @Test(arguments: wrongs) func `what a client says wrongly closes its connection, and not its session`(
        text: String, code: CloseCode
    ) throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.open()
        stage.identify(connection, user: 10)
        stage.say(text, on: connection)
        #expect(stage.code(connection) == code, "\(stage.closes)")
        #expect(stage.instance.statistics.sessions == 1 && stage.instance.statistics.connections == 0)
        #expect(stage.instance.statistics.closes[code] == 1)
        #expect(!stage.closes.contains { $0.reason.utf8.count > InstanceAction.maximumReasonBytes })
    }

    @Test(arguments: [
        "{\"op\":1,\"d\":{\"protocol\":\"udp\",\"data\":{\"mode\":\"aead_aes256_gcm_rtpsize\",\"address\":\"1.2.3.4\",\"port\":1}}}",
        "{\"op\":5,\"d\":{\"speaking\":1}}",
    ])
    func `nothing comes before identify`(text: String) throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.open()
        stage.say(text, on: connection)
        #expect(stage.code(connection) == .notAuthenticated)
    }

    @Test func `who has not the token, or is nobody, is not let in`() throws {
        let stage = Stage()
        try stage.push(.simple())
        for (user, session, token) in [(10, "s10", "t11"), (10, "s10", ""), (10, "s11", "t11"), (99, "s10", "t10")] {
            let connection = stage.open()
            stage.identify(connection, user: user, session: session, token: token)
            #expect(stage.code(connection) == .authenticationFailed)
            #expect(stage.operations(connection) == [8], "a stranger is told nothing")
        }
        #expect(stage.instance.statistics.identifies == [.unauthenticated: 4])
        #expect(stage.instance.statistics.members == 0)
    }

    @Test func `nobody speaks with another's SSRC`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let (thief, owner) = (stage.join(user: 10), stage.join(user: 11))
        let theirs = try #require(stage.member(user: 11)).ssrc
        stage.speak(thief, ssrc: theirs)
        #expect(stage.code(thief) == .badRequest && stage.code(owner) == nil)
        #expect(stage.member(user: 10)?.flags.contains(.announced) == false)
        stage.speak(owner, ssrc: theirs)
        #expect(stage.code(owner) == nil && stage.member(user: 11)?.flags.contains(.announced) == true)
    }

    @Test func `a session that is another by now is not valid`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.open()
        stage.identify(connection, user: 10, session: "old", token: "t10")
        #expect(stage.code(connection) == .sessionInvalid)
    }

    @Test func `a guild that is not here is not found`() throws {
        let stage = Stage()
        let connection = stage.open()
        stage.identify(connection, user: 10)
        #expect(stage.code(connection) == .serverNotFound)
    }

    @Test func `a message that is too long is not read`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10)
        stage.say("{\"op\":3,\"d\":\"\(String(repeating: "x", count: 16_384))\"}", on: connection)
        #expect(stage.code(connection) == .undecodable)
    }

    @Test func `arrays that are too deep are not read`() throws {
        let stage = Stage()
        let connection = stage.open()
        stage.say(String(repeating: "[", count: 16_000), on: connection)
        #expect(stage.code(connection) == .undecodable)
    }

    @Test func `a binary message is not understood`() throws {
        let stage = Stage()
        let connection = stage.open()
        stage.act { $0.receivedBinary(on: connection, at: $1) }
        #expect(stage.code(connection) == .undecodable)
    }

    @Test func `media that was not announced closes the connection`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10)
        let member = try #require(stage.member(user: 10)).member
        stage.act { $0.shardEvent(.unannounced(member), from: 0, at: $1) }
        #expect(stage.code(connection) == .badRequest)
    }

    @Test func `who cannot be served is disconnected, and not told why`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10)
        let member = try #require(stage.member(user: 10)).member
        stage.act { $0.shardEvent(.failed(member, "no memory"), from: 0, at: $1) }
        #expect(stage.code(connection) == .disconnected)
        #expect(stage.closes.last?.reason.contains("memory") == false)
        #expect(stage.instance.statistics.members == 0 && stage.instance.statistics.commandsFailed == 1)
    }

    @Test func `who reads too slowly is cut off, and may resume`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10)
        stage.act { $0.stalled(connection, at: $1) }
        #expect(stage.code(connection) == .rateLimited)
        #expect(stage.instance.statistics.stalls == 1 && stage.instance.statistics.sessions == 1)
    }

    @Test func `a stop tells everyone to resume, and leaves nothing`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let (inside, outside) = (stage.join(user: 10), stage.open())
        _ = stage.takeCommands()
        stage.act { $0.stop(at: $1) }
        #expect(stage.code(inside) == .serverCrashed && stage.code(outside) == .serverCrashed)
        #expect(stage.instance.isDrained && stage.instance.whyNotReady == "stopped")
        #expect(stage.takeCommands().map(\.name) == ["leave", "close"])
        #expect(stage.code(stage.open()) == .serverCrashed)
        #expect(throws: InstanceError.self) { try stage.push(.simple(guild: 2)) }
    }
}

extension ShardCommand {
    var name: String { String("\(self)".prefix { $0 != "(" }) }
}
