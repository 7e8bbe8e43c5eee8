import Foundation
import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec
import Testing
import VoiceInstance

let second: Int64 = 1_000_000_000

/// SplitMix64: its whole state is its seed.
struct Seeded: RandomNumberGenerator, Sendable {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// An instance on virtual time, and what it has done so far.
final class Stage {
    struct Close: Equatable {
        var connection: ConnectionID
        var code: CloseCode
        var reason: String
    }

    var instance: Instance
    var now: Int64 = 0
    var closes: [Close] = []
    var commands: [(shard: Int, command: ShardCommand)] = []
    private var inboxes: [ConnectionID: [[String: Any]]] = [:]
    private(set) var texts: [ConnectionID: [String]] = [:]
    private var last: UInt64 = 0

    init(
        _ configuration: InstanceConfiguration = InstanceConfiguration(), shards: Int = 2, seed: UInt64 = 1,
        catalog: PipelineCatalog = .test
    ) {
        let addresses = (0..<shards).map { MediaAddress(ip: "203.0.113.5", port: 5000 + UInt16($0)) }
        instance = Instance(configuration, shards: addresses, pipelines: catalog, random: Seeded(state: seed))
    }

    func act(_ body: (inout Instance, Int64) throws -> Void) rethrows {
        defer { perform() }
        try body(&instance, now)
    }

    /// Time goes on; deadlines are kept as an owner keeps them.
    func pass(_ duration: Int64) {
        let end = now + duration
        while let deadline = instance.nextDeadline, deadline <= end {
            now = max(now, deadline)
            act { $0.advance(to: $1) }
        }
        now = end
    }

    private func perform() {
        for action in instance.takeActions() {
            switch action {
            case .send(let connection, let text):
                #expect(!closes.contains { $0.connection == connection }, "a message after the close: \(text)")
                texts[connection, default: []].append(text)
                let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
                if let object { inboxes[connection, default: []].append(object) } else { Issue.record("\(text)") }
            case .close(let connection, let code, let reason):
                closes.append(Close(connection: connection, code: code, reason: reason))
            case .command(let shard, let command): commands.append((shard, command))
            }
        }
    }

    // MARK: Clients

    func open(version: String? = "8", from address: UInt32 = 0x7F00_0001, port: UInt16 = 40_000) -> ConnectionID {
        last += 1
        let connection = ConnectionID(last)
        act { $0.opened(connection, version: version, address: Endpoint(ipv4: address, port: port), at: $1) }
        return connection
    }

    func say(_ text: String, on connection: ConnectionID) {
        act { $0.received(Array(text.utf8), on: connection, at: $1) }
    }

    func identify(
        _ connection: ConnectionID, user: Int, guild: Int = 1, session: String? = nil, token: String? = nil
    ) {
        let (session, token) = (session ?? "s\(user)", token ?? "t\(user)")
        say(
            """
            {"op":0,"d":{"server_id":"\(guild)","user_id":"\(user)","session_id":"\(session)","token":"\(token)",\
            "max_dave_protocol_version":1}}
            """, on: connection)
    }

    func resume(
        _ connection: ConnectionID, user: Int, guild: Int = 1, session: String? = nil, token: String? = nil,
        acknowledged: Int?
    ) {
        let (session, token) = (session ?? "s\(user)", token ?? "t\(user)")
        let ack = acknowledged.map { ",\"seq_ack\":\($0)" } ?? ""
        say(
            "{\"op\":7,\"d\":{\"server_id\":\"\(guild)\",\"session_id\":\"\(session)\",\"token\":\"\(token)\"\(ack)}}",
            on: connection)
    }

    func select(
        _ connection: ConnectionID, mode: String = "aead_aes256_gcm_rtpsize", protocol name: String = "udp",
        at claim: (address: String, port: Int) = ("198.51.100.7", 50_000)
    ) {
        say(
            """
            {"op":1,"d":{"protocol":"\(name)","data":{"address":"\(claim.address)","port":\(claim.port),"mode":"\(mode)"}}}
            """, on: connection)
    }

    func speak(_ connection: ConnectionID, _ flags: Int = 1, ssrc: UInt32 = 0) {
        say("{\"op\":5,\"d\":{\"speaking\":\(flags),\"delay\":0,\"ssrc\":\(ssrc)}}", on: connection)
    }

    func beat(_ connection: ConnectionID, acknowledged: Int = -1) {
        say("{\"op\":3,\"d\":{\"t\":\(now),\"seq_ack\":\(acknowledged)}}", on: connection)
    }

    /// A client that has its keys.
    func join(user: Int, guild: Int = 1, version: String? = "8") -> ConnectionID {
        let connection = open(version: version)
        identify(connection, user: user, guild: guild)
        select(connection)
        return connection
    }

    /// What has come on a connection since this was asked last.
    func take(_ connection: ConnectionID) -> [[String: Any]] {
        defer { inboxes[connection] = nil }
        return inboxes[connection] ?? []
    }

    func operations(_ connection: ConnectionID) -> [Int] { take(connection).compactMap { $0["op"] as? Int } }

    func code(_ connection: ConnectionID) -> CloseCode? { closes.first { $0.connection == connection }?.code }

    func takeCommands() -> [ShardCommand] {
        defer { commands = [] }
        return commands.map(\.command)
    }

    func push(_ state: GuildState) throws { try act { try $0.push(state, at: $1) } }

    func member(user: Int, guild: UInt64 = 1) -> MemberSnapshot? {
        for room in instance.rooms(of: Snowflake(guild)) {
            for member in room.members where member.id == Snowflake(UInt64(user)) { return member }
        }
        return nil
    }
}

extension PipelineCatalog {
    /// Two pipelines without stages.
    static let test = PipelineCatalog(names: ["guild-voice", "stage"]) { name, _ in
        ["guild-voice", "stage"].contains(name)
            ? PipelinePlan(
                name: name, format: AudioFormat(sampleRate: 48_000, channels: 1, samplesPerFrame: 960), participant: [],
                room: [], listener: []) : nil
    }
}

extension GuildState {
    /// A guild with channels 100, 101, … and users in the first.
    static func simple(
        guild: UInt64 = 1, epoch: UInt64 = 1, revision: UInt64 = 1, channels: Int = 1, users: [Int] = [10, 11, 12]
    ) -> GuildState {
        GuildState(
            guild: Snowflake(guild), epoch: epoch, revision: revision,
            channels: (0..<channels).map {
                ChannelState(channel: Snowflake(UInt64(100 + $0)), pipeline: "guild-voice")
            },
            voiceStates: users.map {
                VoiceState(user: Snowflake(UInt64($0)), channel: 100, session: "s\($0)", token: "t\($0)")
            })
    }

    /// The next revision, changed.
    func next(_ change: (inout GuildState) -> Void) -> GuildState {
        var state = self
        state.revision += 1
        change(&state)
        return state
    }
}
