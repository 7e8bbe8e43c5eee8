import LiveRoom
import Testing
import VoiceInstance

/// Sessions outlive their connections, for a while.
@Suite struct ResumeTests {
    private static let room = RoomID(guild: 1, channel: 100)

    private func speak(_ stage: Stage, user: Int, times: Int = 1) throws {
        let member = try #require(stage.member(user: user)).member
        for _ in 0..<times {
            stage.act { $0.shardEvent(.speaking(Self.room, member, true), from: 0, at: $1) }
            stage.act { $0.shardEvent(.speaking(Self.room, member, false), from: 0, at: $1) }
        }
    }

    private func pair(version: String = "8") throws -> (Stage, ConnectionID) {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10, version: version)
        _ = stage.join(user: 11)
        stage.pass(second)
        return (stage, connection)
    }

    @Test func `what was missed is sent again, and the member never left`() throws {
        let (stage, first) = try pair()
        let last = try #require(stage.take(first).last?["seq"] as? Int)
        _ = stage.takeCommands()
        stage.act { $0.closed(first, at: $1) }
        #expect(stage.member(user: 10)?.isConnected == false)
        try speak(stage, user: 11)
        stage.pass(30 * second)
        let second = stage.open()
        stage.resume(second, user: 10, acknowledged: last)
        let messages = stage.take(second)
        #expect(messages.compactMap { $0["op"] as? Int } == [8, 9, 5, 5])
        #expect(messages.compactMap { $0["seq"] as? Int } == [last + 1, last + 2])
        #expect(stage.takeCommands().isEmpty, "the shard noticed nothing")
        try speak(stage, user: 11)
        #expect(stage.take(second).compactMap { $0["seq"] as? Int } == [last + 3, last + 4])
        #expect(stage.instance.statistics.resumes == [.accepted: 1] && stage.instance.statistics.messagesResent == 2)
    }

    @Test func `what was seen is not sent again, and what was not is`() throws {
        let (stage, first) = try pair()
        stage.act { $0.closed(first, at: $1) }
        let again = stage.open()
        stage.resume(again, user: 10, acknowledged: 2)
        #expect(stage.take(again).compactMap { $0["seq"] as? Int } == [3, 4, 5])
        stage.act { $0.closed(again, at: $1) }
        let third = stage.open()
        stage.resume(third, user: 10, acknowledged: nil)
        #expect(stage.operations(third) == [8, 9, 2, 4, 5, 11, 11])
    }

    @Test(arguments: ["4", "7"]) func `before version 8 nothing is sent again`(version: String) throws {
        let (stage, first) = try pair(version: version)
        stage.act { $0.closed(first, at: $1) }
        try speak(stage, user: 11)
        let again = stage.open(version: version)
        stage.resume(again, user: 10, acknowledged: nil)
        #expect(stage.operations(again) == [8, 9])
        try speak(stage, user: 11)
        #expect(stage.operations(again) == [5, 5])
    }

    @Test func `what is not known any more ends the session`() throws {
        let (stage, first) = try pair()
        stage.act { $0.closed(first, at: $1) }
        try speak(stage, user: 11, times: InstanceLimits().resendMessages / 2 + 1)
        let again = stage.open()
        stage.resume(again, user: 10, acknowledged: 5)
        #expect(stage.code(again) == .sessionInvalid)
        #expect(stage.member(user: 10) == nil && stage.instance.statistics.resumes == [.lost: 1])
        let fresh = stage.join(user: 10)
        #expect(stage.code(fresh) == nil)
    }

    @Test func `what a heartbeat has confirmed is not kept`() throws {
        let (stage, first) = try pair()
        stage.beat(first, acknowledged: 4)
        stage.act { $0.closed(first, at: $1) }
        let again = stage.open()
        stage.resume(again, user: 10, acknowledged: 3)
        #expect(stage.code(again) == .sessionInvalid)
    }

    @Test(arguments: [6, 1000, Int.max]) func `a number that was never given ends the session`(number: Int) throws {
        let (stage, first) = try pair()
        stage.beat(first, acknowledged: number)
        #expect(stage.code(first) == nil, "in a heartbeat it does no harm")
        stage.act { $0.closed(first, at: $1) }
        let honest = stage.open()
        stage.resume(honest, user: 10, acknowledged: 2)
        #expect(stage.take(honest).compactMap { $0["seq"] as? Int } == [3, 4, 5], "and nothing is forgotten for it")
        stage.act { $0.closed(honest, at: $1) }
        let again = stage.open()
        stage.resume(again, user: 10, acknowledged: number)
        #expect(stage.code(again) == .sessionInvalid)
    }

    @Test func `without heartbeats the connection ends, and later the session`() throws {
        let (stage, first) = try pair()
        _ = stage.takeCommands()
        stage.pass(61 * second)
        #expect(stage.code(first) == .sessionTimeout)
        #expect(stage.member(user: 10) != nil && stage.takeCommands().isEmpty)
        stage.pass(60 * second)
        #expect(stage.member(user: 10) == nil)
        #expect(stage.takeCommands().map(\.name) == ["leave", "leave"])
        let again = stage.open()
        stage.resume(again, user: 10, acknowledged: 1)
        #expect(stage.code(again) == .sessionInvalid)
    }

    @Test func `heartbeats keep a connection`() throws {
        let (stage, first) = try pair()
        for _ in 0..<10 {
            stage.pass(41 * second)
            stage.beat(first)
        }
        #expect(stage.code(first) == nil)
    }

    @Test func `a resume takes the session from a connection that still seems to be there`() throws {
        let (stage, first) = try pair()
        let again = stage.open()
        stage.resume(again, user: 10, acknowledged: 5)
        #expect(stage.code(first) == .sessionInvalid)
        #expect(stage.operations(again) == [8, 9] && stage.member(user: 10)?.isConnected == true)
        stage.act { $0.closed(first, at: $1) }
        #expect(stage.member(user: 10)?.isConnected == true, "the old one's end does not matter any more")
    }

    @Test func `an identify replaces the older session`() throws {
        let (stage, first) = try pair()
        let before = try #require(stage.member(user: 10))
        _ = stage.takeCommands()
        let again = stage.open()
        stage.identify(again, user: 10)
        #expect(stage.code(first) == .sessionInvalid && stage.code(again) == nil)
        #expect(stage.takeCommands().map(\.name) == ["leave", "join"])
        let after = try #require(stage.member(user: 10))
        #expect(after.member != before.member && after.ssrc != before.ssrc)
        #expect(stage.instance.statistics.identifies[.replaced] == 1 && stage.instance.statistics.sessions == 2)
    }

    @Test func `nobody else's session can be resumed`() throws {
        let (stage, first) = try pair()
        stage.act { $0.closed(first, at: $1) }
        for (token, code) in [("t11", CloseCode.authenticationFailed), ("", .authenticationFailed)] {
            let thief = stage.open()
            stage.resume(thief, user: 10, token: token, acknowledged: 1)
            #expect(stage.code(thief) == code && stage.operations(thief) == [8])
        }
        let thief = stage.open()
        stage.resume(thief, user: 12, acknowledged: 1)
        #expect(stage.code(thief) == .sessionInvalid, "12 has no session")
        for session in ["s99", "", "s1", "S10"] {
            let guesser = stage.open()
            stage.resume(guesser, user: 10, session: session, acknowledged: 1)
            #expect(stage.code(guesser) == .sessionInvalid, "nobody's session, somebody's token")
        }
        let elsewhere = stage.open()
        stage.resume(elsewhere, user: 10, guild: 2, acknowledged: 1)
        #expect(stage.code(elsewhere) == .sessionInvalid)
        let owner = stage.open()
        stage.resume(owner, user: 10, acknowledged: 5)
        #expect(stage.code(owner) == nil, "the session is unharmed")
    }

    @Test func `a session of version 8 does not go on in another`() throws {
        let (stage, first) = try pair()
        stage.act { $0.closed(first, at: $1) }
        let again = stage.open(version: "7")
        stage.resume(again, user: 10, acknowledged: nil)
        #expect(stage.code(again) == .sessionInvalid)
    }
}
