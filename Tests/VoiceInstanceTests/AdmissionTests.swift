import LiveRoom
import Testing
import VoiceInstance

/// Who is let in, and where rooms go.
@Suite struct AdmissionTests {
    @Test func `while draining nobody else comes in, and who is there stays`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let first = stage.join(user: 10)
        #expect(stage.instance.whyNotReady == nil)
        stage.act { instance, _ in instance.drain() }
        let late = stage.open()
        stage.identify(late, user: 11)
        #expect(stage.code(late) == .disconnected && stage.code(first) == nil)
        #expect(stage.instance.isDraining && !stage.instance.isDrained && stage.instance.whyNotReady == "draining")
        #expect(throws: InstanceError.self) { try stage.push(.simple(guild: 2)) }
        try stage.push(.simple(revision: 2, users: [11]))
        #expect(stage.code(first) == .disconnected && stage.instance.isDrained)
    }

    @Test func `who is there may resume while draining`() throws {
        let stage = Stage()
        try stage.push(.simple())
        let first = stage.join(user: 10)
        stage.act { instance, _ in instance.drain() }
        stage.act { $0.closed(first, at: $1) }
        let again = stage.open()
        stage.resume(again, user: 10, acknowledged: 1)
        #expect(stage.code(again) == nil)
    }

    @Test func `a full instance, and a full channel, refuse`() throws {
        for isChannel in [false, true] {
            var configuration = InstanceConfiguration()
            if isChannel { configuration.limits.membersPerChannel = 1 } else { configuration.limits.members = 1 }
            let stage = Stage(configuration)
            try stage.push(.simple())
            let (first, late) = (stage.join(user: 10), stage.open())
            stage.identify(late, user: 11)
            #expect(stage.code(first) == nil && stage.code(late) == .disconnected)
            #expect(stage.closes.last?.reason == "the voice server is full")
            let again = stage.open()
            stage.identify(again, user: 10)
            #expect(stage.code(again) == nil, "who is there takes no more room")
        }
    }

    @Test func `a loaded shard lets nobody else into its rooms`() throws {
        var configuration = InstanceConfiguration()
        configuration.loadPerMember = 0.1
        let stage = Stage(configuration, shards: 1)
        try stage.push(.simple())
        stage.act { instance, _ in instance.setLoad(0.7, ofShard: 0) }
        let codes = [10, 11, 12].map { user in
            let connection = stage.open()
            stage.identify(connection, user: user)
            return stage.code(connection)
        }
        #expect(codes == [nil, nil, .disconnected], "what was let in since the report counts")
        #expect(stage.instance.whyNotReady?.contains("loaded") == true)
        stage.act { instance, _ in instance.setLoad(0.2, ofShard: 0) }
        let later = stage.open()
        stage.identify(later, user: 12)
        #expect(stage.code(later) == nil && stage.instance.whyNotReady == nil)
        stage.act { instance, _ in instance.setLoad(0.2, ofShard: 7) }
    }

    @Test func `newcomers are taken to cost as much as those who are there, until the next report`() throws {
        let stage = Stage(shards: 1)
        try stage.push(.simple(users: Array(10..<100)))
        for user in 10..<50 { _ = stage.join(user: user) }
        stage.act { instance, _ in instance.setLoad(0.6, ofShard: 0) }
        let codes = (50..<80).map { user in
            let connection = stage.open()
            stage.identify(connection, user: user)
            return stage.code(connection)
        }
        // 0.015 each, and 0.25 were left.
        #expect(codes.count { $0 == nil } == 17 && codes.suffix(13).allSatisfy { $0 == .disconnected })
        stage.act { instance, _ in instance.setLoad(0.6, ofShard: 0) }
        let later = stage.open()
        stage.identify(later, user: 80)
        #expect(stage.code(later) == nil, "they cost less than was thought")
    }

    @Test func `rooms go where the least is to do, and stay there`() throws {
        let stage = Stage(shards: 3)
        try stage.push(.simple(channels: 1, users: Array(10..<40)))
        try stage.push(.simple(guild: 2, channels: 4, users: []))
        let shards = stage.commands.map(\.shard)
        #expect(shards == [0, 1, 2, 1, 2])
        stage.commands = []
        stage.act { instance, _ in instance.setLoad(0.9, ofShard: 1) }
        try stage.push(.simple(guild: 3, channels: 2, users: []))
        #expect(stage.commands.map(\.shard) == [2, 2])
        #expect(stage.instance.rooms(of: 2).map(\.shard) == [1, 2, 1, 2])
    }

    @Test func `the same seed and the same events give the same actions`() throws {
        func run(seed: UInt64) throws -> [String] {
            let stage = Stage(seed: seed)
            try stage.push(.simple(channels: 3))
            let connections = [10, 11, 12].map { stage.join(user: $0) }
            stage.pass(100 * second)
            return connections.flatMap { stage.texts[$0] ?? [] }
                + stage.commands.map { "\($0.shard) \($0.command.name)" }
        }
        #expect(try run(seed: 3) == run(seed: 3))
        #expect(try run(seed: 3) != run(seed: 4))
    }

    @Test func `SSRCs are never the one that is STUN's, and none is there twice`() throws {
        let stage = Stage()
        try stage.push(.simple(users: Array(10..<90)))
        let ssrcs = (10..<90).compactMap { user -> [UInt32]? in
            _ = stage.join(user: user)
            return stage.member(user: user).map { [$0.ssrc, $0.streamSSRC] }
        }.flatMap { $0 }
        #expect(ssrcs.count == 160 && Set(ssrcs).count == 160 && !ssrcs.contains(0) && !ssrcs.contains(0x2112_A442))
    }
}
