import Foundation
import LiveRoom
import MediaPlane
import NIOHTTP1
import VoiceInstance

/// The bodies of responses; `openapi.json` describes them.
struct GuildListBody: Encodable {
    struct Guild: Encodable {
        var guildId: String
        var epoch: UInt64
        var revision: UInt64
        var channels: Int
        var voiceStates: Int
        var participants: Int

        init(_ state: GuildState) {
            guildId = "\(state.guild)"
            epoch = state.epoch
            revision = state.revision
            channels = state.channels.count
            voiceStates = state.voiceStates.count
            participants = state.participants.count
        }
    }

    var guilds: [Guild]
}

struct RoomListBody: Encodable {
    struct Room: Encodable {
        var guildId: String
        var channelId: String
        var pipeline: String
        var places: Int
        var shard: Int
        var members: Int
        var speaking: Int

        init(_ room: RoomSnapshot) {
            guildId = "\(room.room.guild)"
            channelId = "\(room.room.channel)"
            pipeline = room.pipeline
            places = room.places
            shard = room.shard
            members = room.members.count
            speaking = room.members.count { $0.isSpeaking }
        }
    }

    var rooms: [Room]
    /// What `after` has to be for the next page.
    var next: String?
}

struct RoomBody: Encodable {
    struct Member: Encodable {
        var id: String
        var kind: String
        var ssrc: UInt32
        var streamSsrc: UInt32
        var speaking: Bool
        var secured: Bool
        var connected: Bool
        var selfMute: Bool
        var selfDeaf: Bool
        var mute: Bool
        var deaf: Bool
        var suppress: Bool
        var priority: Bool
        var endpoint: String?
        var failure: String?
        var statistics: Statistics?
    }

    struct Statistics: Encodable {
        var packetsReceived: Int
        var packetsRefused: Int
        var packetsLost: Int
        var packetsLate: Int
        var packetsSent: Int
        var meanDelaySeconds: Double
        var targetDelaySeconds: Double

        init(_ report: MemberReport) {
            packetsReceived = report.packetsReceived
            packetsRefused = report.packetsRefused
            packetsLost = report.packetsLost
            packetsLate = report.packetsLate
            packetsSent = report.packetsSent
            meanDelaySeconds = report.meanDelay
            targetDelaySeconds = report.targetDelay
        }
    }

    var guildId: String
    var channelId: String
    var pipeline: String
    var places: Int
    var shard: Int
    var placesTaken: Int?
    var classes: Int?
    var members: [Member]

    init(_ room: RoomSnapshot, _ report: RoomReport?) {
        guildId = "\(room.room.guild)"
        channelId = "\(room.room.channel)"
        pipeline = room.pipeline
        places = room.places
        shard = room.shard
        placesTaken = report?.placesTaken
        classes = report?.classes
        let reports = Dictionary((report?.members ?? []).map { ($0.member, $0) }) { first, _ in first }
        members = room.members.map { Member($0, reports[$0.member]) }
    }
}

extension RoomBody.Member {
    init(_ member: MemberSnapshot, _ report: MemberReport?) {
        id = "\(member.id)"
        kind = member.kind.rawValue
        ssrc = member.ssrc
        streamSsrc = member.streamSSRC
        speaking = member.isSpeaking
        secured = member.isSecured
        connected = member.isConnected
        selfMute = member.flags.contains(.selfMute)
        selfDeaf = member.flags.contains(.selfDeaf)
        mute = member.flags.contains(.serverMute)
        deaf = member.flags.contains(.serverDeaf)
        suppress = member.flags.contains(.suppress)
        priority = member.flags.contains(.priority)
        endpoint = (report?.endpoint ?? member.endpoint).map { "\($0)" }
        failure = member.failure
        statistics = report.map { RoomBody.Statistics($0) }
    }
}

struct DrainBody: Encodable {
    var draining: Bool
    var drained: Bool
}

struct StatusBody: Encodable {
    var status: String
}

extension APIResponse {
    /// With names in snake_case.
    static func json(of body: some Encodable) throws -> APIResponse {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return APIResponse(.ok, contentType: "application/json", body: Array(try encoder.encode(body)))
    }
}

extension APIError {
    /// - Parameter body: what was refused.
    init(_ error: InstanceError, body: [UInt8]) {
        switch error {
        case .malformed(let path, let text):
            let isJSON = (try? JSONSerialization.jsonObject(with: Data(body), options: .fragmentsAllowed)) != nil
            self.init(
                isJSON ? .unprocessableEntity : .badRequest, isJSON ? "malformed" : "bad_request", text,
                path: path.isEmpty ? nil : path)
        case .stale: self.init(.conflict, "stale", error.description)
        case .full(let text):
            self.init(.serviceUnavailable, "full", text)
        }
    }
}
