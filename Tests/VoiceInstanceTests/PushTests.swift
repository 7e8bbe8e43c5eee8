import LiveRoom
import Testing
import VoiceInstance

/// The desired state of guilds, and what follows from its changes.
@Suite struct PushTests {
    @Test func `the same again changes nothing`() throws {
        let stage = Stage()
        let state = GuildState.simple(channels: 2)
        var results: [Bool] = []
        try stage.act { results.append(try $0.push(state, at: $1)) }
        #expect(stage.takeCommands().map(\.name) == ["open", "open"])
        try stage.act { results.append(try $0.push(json: Array(state.json.utf8), at: $1)) }
        #expect(results == [true, false] && stage.takeCommands().isEmpty)
        #expect(stage.instance.statistics.pushes == [.applied: 1, .unchanged: 1])
    }

    @Test(arguments: [(5, 7, 1), (4, 9, 0), (5, 6, 0), (0, 0, 0)])
    func `what is older, or the same and different, is refused with what is current`(
        epoch: UInt64, revision: UInt64, extra: Int
    ) throws {
        let stage = Stage()
        try stage.push(.simple(epoch: 5, revision: 7))
        let error = #expect(throws: InstanceError.self) {
            try stage.push(.simple(epoch: epoch, revision: revision, users: extra == 1 ? [10] : [10, 11, 12]))
        }
        guard case .stale(1, 5, 7, _)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect("\(try #require(error))".contains("current are epoch 5 and revision 7"))
    }

    @Test func `a newer epoch may begin with any revision, and disturbs nobody`() throws {
        let stage = Stage()
        try stage.push(.simple(epoch: 1, revision: 9))
        let connection = stage.join(user: 10)
        _ = stage.takeCommands()
        try stage.push(.simple(epoch: 2, revision: 0))
        #expect(stage.takeCommands().isEmpty && stage.code(connection) == nil)
        #expect(throws: InstanceError.self) { try stage.push(.simple(epoch: 1, revision: 10)) }
    }

    @Test func `who is not in it any more is disconnected`() throws {
        let stage = Stage()
        let state = GuildState.simple()
        try stage.push(state)
        let (kicked, stays) = (stage.join(user: 10), stage.join(user: 11))
        _ = (stage.takeCommands(), stage.take(stays))
        try stage.push(state.next { $0.voiceStates.remove(at: 0) })
        #expect(stage.code(kicked) == .disconnected && stage.code(stays) == nil)
        #expect(stage.takeCommands().map(\.name) == ["leave"])
        let told = stage.take(stays)
        #expect(told.first?["op"] as? Int == 13 && (told.first?["d"] as? [String: Any])?["user_id"] as? String == "10")
        let back = stage.open()
        stage.identify(back, user: 10)
        #expect(stage.code(back) == .authenticationFailed)
    }

    @Test func `who is moved is disconnected, and comes in again elsewhere`() throws {
        let stage = Stage()
        let state = GuildState.simple(channels: 2)
        try stage.push(state)
        let moved = stage.join(user: 10)
        _ = stage.takeCommands()
        try stage.push(state.next { $0.voiceStates[0].channel = 101 })
        #expect(stage.code(moved) == .disconnected)
        let again = stage.join(user: 10)
        #expect(stage.code(again) == nil)
        guard case .join(let room, _, _)? = stage.takeCommands().dropFirst().first else {
            Issue.record("nobody joined")
            return
        }
        #expect(room.channel == 101)
    }

    @Test func `with a channel its members go`() throws {
        let stage = Stage()
        let state = GuildState.simple()
        try stage.push(state)
        let connection = stage.join(user: 10)
        _ = stage.takeCommands()
        try stage.push(state.next { ($0.channels, $0.voiceStates) = ([], []) })
        #expect(stage.code(connection) == .callTerminated)
        #expect(stage.takeCommands().map(\.name) == ["leave", "close"])
    }

    @Test func `another token or session ends the older one`() throws {
        for change in [{ $0.token = "new" }, { $0.session = "new" }] as [(inout VoiceState) -> Void] {
            let stage = Stage()
            let state = GuildState.simple()
            try stage.push(state)
            let connection = stage.join(user: 10)
            try stage.push(state.next { change(&$0.voiceStates[0]) })
            #expect(stage.code(connection) == .sessionInvalid)
            #expect(stage.instance.statistics.members == 0)
        }
    }

    @Test func `another pipeline sets the room up anew`() throws {
        let stage = Stage()
        let state = GuildState.simple(channels: 2)
        try stage.push(state)
        let connection = stage.join(user: 10)
        _ = stage.takeCommands()
        try stage.push(state.next { $0.channels[0].pipeline = "stage" })
        #expect(stage.takeCommands().map(\.name) == ["leave", "close", "open"])
        #expect(stage.code(connection) == .sessionInvalid)
        let again = stage.join(user: 10)
        #expect(stage.code(again) == nil)
    }

    @Test func `flags reach the shard, and what a client said stays`() throws {
        let stage = Stage()
        let state = GuildState.simple()
        try stage.push(state)
        let connection = stage.join(user: 10)
        stage.speak(connection, 5)
        _ = stage.takeCommands()
        let muted = state.next {
            ($0.voiceStates[0].mute, $0.voiceStates[0].selfDeaf, $0.voiceStates[0].priority) = (true, true, true)
        }
        try stage.push(muted)
        #expect(stage.member(user: 10)?.flags == [.serverMute, .selfDeaf, .announced, .priority])
        #expect(stage.takeCommands().map(\.name) == ["set"])
        try stage.push(muted.next { $0.voiceStates[0].priority = false })
        #expect(stage.member(user: 10)?.flags == [.serverMute, .selfDeaf, .announced])
    }

    @Test func `a priority speaker is shown as one`() throws {
        let stage = Stage()
        try stage.push(GuildState.simple().next { $0.voiceStates[0].priority = true })
        let (speaker, other) = (stage.join(user: 10), stage.join(user: 11))
        stage.speak(speaker, 5)
        _ = stage.take(other)
        let member = try #require(stage.member(user: 10)).member
        stage.act { $0.shardEvent(.speaking(RoomID(guild: 1, channel: 100), member, true), from: 0, at: $1) }
        #expect((stage.take(other).first?["d"] as? [String: Any])?["speaking"] as? Int == 5)
    }

    @Test func `local mutes follow who is there`() throws {
        let stage = Stage()
        let state = GuildState.simple().next { $0.voiceStates[0].localMutes = [11] }
        try stage.push(state)
        _ = (stage.join(user: 10), stage.join(user: 11))
        let (ten, eleven) = (try #require(stage.member(user: 10)), try #require(stage.member(user: 11)))
        func mutes() -> [String] {
            stage.takeCommands().compactMap {
                guard case .mute(let member, let hears, let isMuted) = $0 else { return nil }
                return "\(member == ten.member ? 10 : 11) \(hears == eleven.member ? 11 : 10) \(isMuted)"
            }
        }
        #expect(mutes() == ["10 11 true"])
        try stage.push(state.next { $0.voiceStates[0].localMutes = [] })
        #expect(mutes() == ["10 11 false"])
    }

    @Test func `a deleted guild is gone, and does not come back by a late push`() throws {
        let stage = Stage()
        try stage.push(.simple(epoch: 3))
        let connection = stage.join(user: 10)
        _ = stage.takeCommands()
        #expect(throws: InstanceError.self) { try stage.act { try $0.delete(guild: 1, epoch: 2, at: $1) } }
        var wasThere: [Bool] = []
        try stage.act { wasThere.append(try $0.delete(guild: 1, epoch: 3, at: $1)) }
        #expect(stage.code(connection) == .callTerminated)
        #expect(stage.takeCommands().map(\.name) == ["leave", "close"])
        try stage.act { wasThere.append(try $0.delete(guild: 1, epoch: 3, at: $1)) }
        #expect(wasThere == [true, false])
        #expect(throws: InstanceError.self) { try stage.push(.simple(epoch: 3, revision: 99)) }
        try stage.push(.simple(epoch: 4))
        #expect(stage.instance.guildIDs == [1])
    }

    @Test func `a refused state changes nothing`() throws {
        let stage = Stage()
        let state = GuildState.simple()
        try stage.push(state)
        let connection = stage.join(user: 10)
        _ = stage.takeCommands()
        let wrong = state.next {
            $0.voiceStates.removeAll()
            $0.channels.append(ChannelState(channel: 101, pipeline: "guild-voise"))
        }
        let error = #expect(throws: InstanceError.self) { try stage.push(wrong) }
        #expect(
            "\(try #require(error))"
                == "channels[1].pipeline: there is no pipeline 'guild-voise'; did you mean 'guild-voice'?")
        #expect(stage.code(connection) == nil && stage.takeCommands().isEmpty)
        #expect(stage.instance.guildState(1) == state)
    }
}
