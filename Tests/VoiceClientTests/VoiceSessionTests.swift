import Foundation
import Testing
import VoiceClient

/// The state machine of a client of the voice gateway, on virtual time.
@Suite struct VoiceSessionTests {
    static let identity = VoiceIdentity(guild: "1", user: "2", session: "s", token: "t")
    static let second: Int64 = 1_000_000_000
    static let key = (0..<32).map { UInt8($0) }

    static let hello = #"{"op":8,"d":{"heartbeat_interval":5000.0}}"#
    static let ready = #"""
        {"op":2,"d":{"ssrc":77,"ip":"127.0.0.1","port":5000,"modes":["aead_xchacha20_poly1305_rtpsize","aead_aes256_gcm_rtpsize"]}}
        """#
    static let description =
        #"{"op":4,"d":{"mode":"aead_aes256_gcm_rtpsize","secret_key":\#(key),"dave_protocol_version":0},"seq":3}"#

    /// Everything that is to be done at this moment.
    static func drain(_ session: inout VoiceSession) -> [VoiceSession.Action] {
        var actions: [VoiceSession.Action] = []
        while let action = session.nextAction() { actions.append(action) }
        return actions
    }

    /// A session to which media flows, at second 0.
    static func joined(version: Int = 8) -> VoiceSession {
        var identity = identity
        identity.version = version
        var session = VoiceSession(identity)
        session.start(at: 0)
        session.opened(at: 0)
        session.received(hello, at: 0)
        session.received(ready, at: 0)
        session.discovered(address: "192.0.2.1", port: 4000, at: 0)
        session.received(description, at: 0)
        _ = drain(&session)
        return session
    }

    static func operation(_ action: VoiceSession.Action?) throws -> (operation: Int, content: Any?) {
        guard case .send(let text) = action else {
            Issue.record("\(String(describing: action)) is no message")
            return (-1, nil)
        }
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        return (try #require(object["op"] as? Int), object["d"])
    }

    @Test func `a client goes from hello to a session description, and takes the best mode`() throws {
        var session = VoiceSession(Self.identity)
        session.start(at: 0)
        #expect(Self.drain(&session) == [.connect])
        session.opened(at: 1)
        #expect(Self.drain(&session).isEmpty, "it waits for hello")
        session.received(Self.hello, at: 2)
        let identify = try Self.operation(session.nextAction())
        #expect(identify.operation == 0)
        let content = try #require(identify.content as? [String: Any])
        #expect(content["server_id"] as? String == "1" && content["user_id"] as? String == "2")
        #expect(content["session_id"] as? String == "s" && content["token"] as? String == "t")
        session.received(Self.ready, at: 3)
        #expect(Self.drain(&session) == [.discover(ssrc: 77, address: "127.0.0.1", port: 5000)])
        session.discovered(address: "192.0.2.1", port: 4000, at: 4)
        let select = try Self.operation(session.nextAction())
        let data = try #require((select.content as? [String: Any])?["data"] as? [String: Any])
        #expect(select.operation == 1 && data["mode"] as? String == "aead_aes256_gcm_rtpsize")
        #expect(data["address"] as? String == "192.0.2.1" && data["port"] as? Int == 4000)
        session.received(Self.description, at: 5)
        let media = VoiceMedia(ssrc: 77, mode: "aead_aes256_gcm_rtpsize", key: Self.key)
        #expect(Self.drain(&session) == [.tell(.joined(media))])
    }

    @Test func `no mode in common ends the session and says which were offered`() {
        var session = VoiceSession(Self.identity)
        session.start(at: 0)
        session.opened(at: 0)
        session.received(Self.hello, at: 0)
        session.received(#"{"op":2,"d":{"ssrc":1,"ip":"h","port":1,"modes":["plain"]}}"#, at: 0)
        #expect(Self.drain(&session).contains(.tell(.ended(.noCommonMode(offered: ["plain"])))))
        #expect(session.isOver)
    }

    @Test func `heartbeats of version 8 acknowledge the last message, older ones are bare`() throws {
        for (version, isBare) in [(8, false), (4, true)] {
            var session = Self.joined(version: version)
            #expect(session.nextDeadline == 5 * Self.second)
            session.advance(to: 5 * Self.second)
            let beat = try Self.operation(session.nextAction())
            #expect(beat.operation == 3)
            #expect((beat.content is NSNumber) == isBare)
            if !isBare { #expect((beat.content as? [String: Any])?["seq_ack"] as? Int == 3) }
            session.received(#"{"op":6,"d":{"t":5}}"#, at: 5 * Self.second + 40_000_000)
            #expect(session.roundTrip == .milliseconds(40))
        }
    }

    @Test func `heartbeats without an answer end the connection, and it is resumed`() throws {
        var session = Self.joined()
        for beat in 1...4 { session.advance(to: Int64(5 * beat) * Self.second) }
        let actions = Self.drain(&session)
        #expect(actions.contains(.close(code: 4009)))
        #expect(actions.suffix(2) == [.tell(.lost(code: nil)), .connect])
        session.opened(at: 21 * Self.second)
        session.received(Self.hello, at: 21 * Self.second)
        let resume = try Self.operation(session.nextAction())
        #expect(resume.operation == 7)
        #expect((resume.content as? [String: Any])?["seq_ack"] as? Int == 3)
        session.received(#"{"op":9,"d":null}"#, at: 21 * Self.second)
        #expect(Self.drain(&session).contains(.tell(.resumed)))
        #expect(session.resumes == 1)
    }

    @Test(arguments: [nil, 1000, 1001, 1006, 3999, 4015] as [UInt16?])
    func `a lost connection is resumed`(code: UInt16?) {
        var session = Self.joined()
        session.closed(code: code, at: Self.second)
        #expect(Self.drain(&session) == [.tell(.lost(code: code))])
        session.advance(to: 2 * Self.second)
        #expect(Self.drain(&session) == [.connect])
    }

    @Test(arguments: [4004, 4006, 4009, 4011, 4014, 4016, 4020, 4021, 4022] as [UInt16])
    func `what the server has ended is not tried again`(code: UInt16) {
        var session = Self.joined()
        session.closed(code: code, at: Self.second)
        #expect(Self.drain(&session) == [.tell(.ended(.closed(code: code)))])
        session.advance(to: 100 * Self.second)
        #expect(Self.drain(&session).isEmpty && session.nextDeadline == nil)
    }

    @Test func `a server that cannot be reached is given up after some attempts`() {
        var session = VoiceSession(Self.identity)
        session.start(at: 0)
        var now: Int64 = 0
        var attempts = 0
        while !session.isOver, now < 600 * Self.second {
            for action in Self.drain(&session) where action == .connect {
                attempts += 1
                session.closed(code: nil, at: now)
            }
            now = session.nextDeadline ?? now
            session.advance(to: now)
        }
        #expect(attempts == VoiceSession.maximumAttempts)
        #expect(Self.drain(&session).contains(.tell(.ended(.unreachable(attempts: attempts)))))
    }

    @Test func `a server that says nothing is not waited for`() {
        var session = VoiceSession(Self.identity)
        session.start(at: 0)
        session.opened(at: 0)
        _ = Self.drain(&session)
        session.advance(to: 11 * Self.second)
        #expect(Self.drain(&session).contains(.close(code: 1000)))
        #expect(!session.isOver, "there are attempts left")
    }

    @Test func `speaking is said before media, and again after a resume`() throws {
        var session = Self.joined()
        session.speak(.microphone)
        let speaking = try Self.operation(session.nextAction())
        #expect(speaking.operation == 5)
        #expect((speaking.content as? [String: Any])?["speaking"] as? Int == 1)
        session.closed(code: nil, at: 0)
        session.advance(to: Self.second)
        session.opened(at: Self.second)
        session.received(Self.hello, at: Self.second)
        session.received(#"{"op":9,"d":null}"#, at: Self.second)
        let again = Self.drain(&session).filter {
            if case .send(let text) = $0 { return text.contains(#""op":5"#) }
            return false
        }
        #expect(again.count == 1)
    }

    @Test func `who comes, speaks and goes is told`() {
        var session = Self.joined()
        session.received(#"{"op":11,"d":{"user_ids":["7","8"]}}"#, at: 0)
        session.received(#"{"op":5,"d":{"user_id":"7","ssrc":9,"speaking":1}}"#, at: 0)
        session.received(#"{"op":13,"d":{"user_id":"7"}}"#, at: 0)
        session.received(#"{"op":99,"d":{"what":"ever"}}"#, at: 0)
        let expected: [VoiceEvent] = [
            .connected(users: ["7", "8"]), .speaking(user: "7", ssrc: 9, flags: .microphone),
            .disconnected(user: "7"),
        ]
        #expect(Self.drain(&session) == expected.map { .tell($0) })
    }

    @Test(arguments: ["", "{", "[]", #"{"op":"x"}"#, #"{"op":2,"d":{}}"#, #"{"op":4,"d":{"mode":1}}"#])
    func `what cannot be understood ends the session`(text: String) {
        var session = Self.joined()
        session.received(text, at: 0)
        #expect(session.isOver)
    }
}
