import LiveRoom
import PacketCapture
import Testing
import VoiceInstance

/// What is too much, and what happens then.
@Suite struct LimitTests {
    @Test func `a flood of messages ends the connection`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10)
        var count = 2
        while stage.code(connection) == nil, count < 1000 {
            stage.speak(connection, 1)
            count += 1
        }
        #expect(stage.code(connection) == .rateLimited && count == InstanceLimits().messages.burst + 1)
        #expect(stage.instance.statistics.floods == 1)
    }

    @Test func `a flood of heartbeats ends the connection, a client's pace does not`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let connection = stage.join(user: 10)
        for _ in 0..<100 {
            stage.beat(connection)
            stage.pass(second)
        }
        #expect(stage.code(connection) == nil)
        for _ in 0..<12 { stage.beat(connection) }
        #expect(stage.code(connection) == .rateLimited)
    }

    @Test func `identifies are limited by address, and another address is not held up`() throws {
        var configuration = InstanceConfiguration()
        configuration.limits.identifies = RateLimit(perSecond: 1, burst: 3)
        let stage = Stage(configuration)
        try stage.push(.simple())
        var codes: [CloseCode?] = []
        for _ in 0..<5 {
            let connection = stage.open(from: 0x0A00_0001)
            stage.identify(connection, user: 10, token: "guess")
            codes.append(stage.code(connection))
        }
        #expect(
            codes == [.authenticationFailed, .authenticationFailed, .authenticationFailed, .rateLimited, .rateLimited])
        let other = stage.open(from: 0x0A00_0002)
        stage.identify(other, user: 10)
        #expect(stage.code(other) == nil)
        stage.pass(second)
        let later = stage.open(from: 0x0A00_0001)
        stage.identify(later, user: 11)
        #expect(stage.code(later) == nil)
    }

    @Test func `resumes count as identifies do`() throws {
        var configuration = InstanceConfiguration()
        configuration.limits.identifies = RateLimit(perSecond: 1, burst: 2)
        let stage = Stage(configuration)
        try stage.push(.simple())
        let codes = (0..<3).map { _ in
            let connection = stage.open()
            stage.resume(connection, user: 10, acknowledged: 0)
            return stage.code(connection)
        }
        #expect(codes == [.sessionInvalid, .sessionInvalid, .rateLimited])
    }

    @Test func `connections are limited, of an address and in all`() throws {
        var configuration = InstanceConfiguration()
        configuration.limits.connectionsPerAddress = 2
        configuration.limits.connections = 3
        let stage = Stage(configuration)
        let (first, second) = (stage.open(from: 1), stage.open(from: 1))
        #expect(stage.code(first) == nil && stage.code(second) == nil)
        #expect(stage.code(stage.open(from: 1)) == .rateLimited)
        #expect(stage.code(stage.open(from: 2)) == nil)
        #expect(stage.code(stage.open(from: 3)) == .rateLimited)
        stage.act { $0.closed(first, at: $1) }
        #expect(stage.code(stage.open(from: 1)) == nil)
        #expect(stage.instance.statistics.connectionsRefused == 2 && stage.instance.statistics.connections == 3)
    }

    @Test func `opens are limited by address`() throws {
        var configuration = InstanceConfiguration()
        configuration.limits.opens = RateLimit(perSecond: 10, burst: 2)
        let stage = Stage(configuration)
        let codes = (0..<3).map { _ in
            let connection = stage.open()
            defer { stage.act { $0.closed(connection, at: $1) } }
            return stage.code(connection)
        }
        #expect(codes == [nil, nil, .rateLimited])
        stage.pass(second / 10)
        #expect(stage.code(stage.open()) == nil)
    }

    @Test func `who does not identify is not waited for`() throws {
        let stage = Stage()
        let connection = stage.open()
        stage.pass(14 * second)
        stage.say("{\"op\":3,\"d\":1}", on: connection)
        #expect(stage.operations(connection) == [8, 6], "a heartbeat is answered, and keeps nothing")
        stage.pass(2 * second)
        #expect(stage.code(connection) == .sessionTimeout)
    }

    @Test func `a hundred thousand connections leave nothing behind`() {
        let stage = Stage()
        for number in 0..<100_000 {
            let connection = ConnectionID(1 << 40 + UInt64(number))
            stage.instance.opened(
                connection, version: "8", address: Endpoint(ipv4: UInt32(number), port: 1), at: Int64(number))
            stage.instance.closed(connection, at: Int64(number))
            _ = stage.instance.takeActions()
        }
        #expect(stage.instance.statistics.connections == 0)
        stage.pass(100 * second)
        #expect(stage.instance.nextDeadline == nil)
    }
}
