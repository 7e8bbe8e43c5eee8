import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec

/// Drives an instance by what a fuzzer thinks of: connections, messages, whole or spoilt, pushes, events of shards, time. Holds
/// every action against models of its clients and its shards, and traps where something does not fit.
package struct GatewayExercise: ~Copyable {
    /// What a run has met, for whoever wants to know whether it met anything.
    package struct Outcome: Sendable, Hashable {
        package var sessions = 0
        package var resumes = 0
        package var closes: Set<UInt16> = []
        package var pushes = 0
    }

    private static let guilds: [UInt64] = [1, 2]

    private var instance: Instance
    private var shards = ShardModel()
    private var clients = ConnectionModel()
    private var outcome = Outcome()
    private var input: Input
    private var now: Int64 = 0
    private var lastConnection: UInt64 = 0
    private var revision: UInt64 = 0

    package static func run(_ bytes: [UInt8]) -> Outcome {
        var exercise = GatewayExercise(bytes)
        while let command = exercise.input.next() {
            exercise.perform(command)
            exercise.settle()
        }
        exercise.finish()
        return exercise.outcome
    }

    private init(_ bytes: [UInt8]) {
        input = Input(bytes: bytes)
        var configuration = InstanceConfiguration()
        configuration.allowsPlainRTP = true
        configuration.limits.connections = 8
        configuration.limits.connectionsPerAddress = 6
        configuration.limits.members = 7
        configuration.limits.membersPerChannel = 4
        configuration.limits.guilds = 2
        configuration.limits.rooms = 5
        configuration.limits.resendMessages = 4
        let addresses = [MediaAddress(ip: "203.0.113.1", port: 1), MediaAddress(ip: "203.0.113.1", port: 2)]
        let catalog = PipelineCatalog(names: ["a", "b"]) { name, _ in
            ["a", "b"].contains(name)
                ? PipelinePlan(name: name, format: AudioFormat(), participant: [], room: [], listener: []) : nil
        }
        instance = Instance(
            configuration, shards: addresses, pipelines: catalog, random: Counter(state: UInt64(bytes.count)))
    }

    private mutating func perform(_ command: UInt8) {
        switch command & 0x0F {
        case 0: open()
        case 1:
            guard let connection = anyConnection() else { return }
            clients.close(connection)
            instance.closed(connection, at: now)
        case 2: say(ExerciseMessages.identify(&input, isTrue: true), authenticated: false)
        case 3: say(ExerciseMessages.identify(&input, isTrue: false), authenticated: false)
        case 4: say(ExerciseMessages.select(&input), authenticated: true)
        case 5: say(ExerciseMessages.heartbeat(&input), authenticated: true)
        case 6: say(ExerciseMessages.speaking(&input), authenticated: true)
        case 7: say(ExerciseMessages.resume(&input), authenticated: false)
        case 8: say(input.take(Int(input.next() ?? 0) & 0x3F))
        case 9, 10: push(isRaw: false)
        case 11: shardEvent()
        case 12:
            let byte = Int64(input.next() ?? 0)
            pass((byte > 240 ? byte : byte >> 3) * 1_000_000_000)
        case 13: rare()
        case 14: push(isRaw: true)
        default:
            var text = ExerciseMessages.any(&input)
            if !text.isEmpty { text[Int(input.next() ?? 0) % text.count] ^= 1 << ((input.next() ?? 0) & 7) }
            say(text)
        }
    }

    private mutating func open() {
        lastConnection += 1
        let connection = ConnectionID(lastConnection)
        let byte = input.next() ?? 8
        let versions: [String?] = ["8", "7", "4", nil, "8", "5", "6", "9"]
        clients.open(connection)
        // The address that a client has is one that nobody may learn.
        let address = Endpoint(ipv4: 0xC633_6400 | UInt32(byte >> 6), port: 1)
        instance.opened(connection, version: versions[Int(byte & 7)], address: address, at: now)
    }

    private mutating func anyConnection() -> ConnectionID? {
        let ids = clients.ids
        return ids.isEmpty ? nil : ids[Int(input.next() ?? 0) % ids.count]
    }

    /// - Parameter authenticated: on what kind of connection this is mostly said.
    private mutating func say(_ text: [UInt8], authenticated: Bool? = nil) {
        let byte = input.next() ?? 0
        if authenticated == false, clients.ids(authenticated: false).isEmpty {
            open()
            settle()
        }
        var ids = clients.ids
        if let authenticated, byte < 240 { ids = clients.ids(authenticated: authenticated) }
        guard !ids.isEmpty else { return }
        let connection = ids[Int(byte) % ids.count]
        instance.received(text, on: connection, at: now)
    }

    private mutating func push(isRaw: Bool) {
        if isRaw {
            _ = try? instance.push(json: input.take(Int(input.next() ?? 0) & 0x3F), at: now)
            return
        }
        revision += 1
        let state = ExerciseMessages.state(&input, revision: revision)
        var json = Array(state.json.utf8)
        precondition((try? GuildState(parsing: json)) == state, "a state is read as it was written")
        if let byte = input.next(), byte > 240 { json[Int(byte) * 7 % json.count] ^= 4 }
        if (try? instance.push(json: json, at: now)) == true { outcome.pushes += 1 }
    }

    private mutating func shardEvent() {
        let ids = shards.memberIDs
        let byte = input.next() ?? 0
        // Also of members who have left.
        let member = Int(byte >> 3) < ids.count ? ids[Int(byte >> 3)] : MemberID(UInt64(byte))
        let room = shards.room(of: member) ?? RoomID(guild: 1, channel: 100)
        let address = Endpoint(ipv4: 0xC633_6401, port: 9)
        let events: [ShardEvent] = [
            .speaking(room, member, true), .speaking(room, member, false), .located(member, address),
            .unannounced(member), .failed(member, "secret-reason"), .speaking(room, member, true),
            .report(token: 1, ShardReport()), .speaking(room, member, true),
        ]
        instance.shardEvent(events[Int(byte & 7)], from: Int(byte) % 2, at: now)
    }

    private mutating func pass(_ duration: Int64) {
        let end = now + duration
        while let deadline = instance.nextDeadline, deadline <= end {
            now = max(now, deadline)
            instance.advance(to: now)
            precondition(instance.nextDeadline.map { $0 > now } ?? true, "what was due is still there")
            settle()
        }
        now = end
    }

    private mutating func rare() {
        let byte = input.next() ?? 0
        switch byte & 7 {
        case 0 where byte > 240: instance.drain()
        case 1: instance.setLoad(Double(byte >> 3) / 16, ofShard: Int(byte >> 3) % 3)
        case 2: if let connection = anyConnection() { instance.stalled(connection, at: now) }
        case 3: if let connection = anyConnection() { instance.receivedBinary(on: connection, at: now) }
        case 4 where byte > 240: instance.stop(at: now)
        default:
            _ = try? instance.delete(
                guild: Snowflake(Self.guilds[Int(byte >> 3) % 2]), epoch: revision >> 4 + UInt64(byte >> 7), at: now)
        }
    }

    /// Carries out what the instance wants, and looks at what it says of itself.
    private mutating func settle() {
        for action in instance.takeActions() {
            switch action {
            case .send(let connection, let text): clients.get(text, on: connection)
            case .close(let connection, let code, let reason):
                clients.getClose(connection, reason: reason)
                outcome.closes.insert(code.rawValue)
                // Owners tell of every close, also of those that they were asked for.
                instance.closed(connection, at: now)
            case .command(let shard, let command): shards.apply(command, to: shard)
            }
        }
        let statistics = instance.statistics
        precondition(statistics.members == shards.memberCount && statistics.rooms == shards.roomCount)
        precondition(statistics.connections == clients.ids.count && statistics.sessions <= statistics.members)
        precondition(instance.watched <= 4 * (statistics.connections + statistics.sessions) + 1024)
        outcome.sessions = statistics.identifies[.accepted, default: 0]
        outcome.resumes = statistics.resumes[.accepted, default: 0]
    }

    /// Everybody goes: nothing may be left.
    private mutating func finish() {
        for connection in clients.ids {
            clients.close(connection)
            instance.closed(connection, at: now)
            settle()
        }
        pass(instance.configuration.resumeWindow)
        precondition(instance.statistics.sessions == 0, "sessions outlive their window")
        for guild in instance.guildIDs {
            _ = try? instance.delete(guild: guild, epoch: .max, at: now)
            settle()
        }
        precondition(shards.isEmpty && clients.isEmpty && instance.isEmpty, "something is left")
    }
}

extension GatewayExercise {
    /// The bytes that decide.
    struct Input {
        let bytes: [UInt8]
        private var position = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        mutating func next() -> UInt8? {
            guard position < bytes.count else { return nil }
            defer { position += 1 }
            return bytes[position]
        }

        mutating func take(_ count: Int) -> [UInt8] {
            let end = min(position + count, bytes.count)
            defer { position = end }
            return Array(bytes[position..<end])
        }
    }

    /// A Weyl sequence, mixed: no two of its numbers are the same.
    private struct Counter: RandomNumberGenerator, Sendable {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
