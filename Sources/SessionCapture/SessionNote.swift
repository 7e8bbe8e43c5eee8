import Foundation
import LiveRoom
import MediaCore
import PacketCapture
import PipelineSpec

/// What stands in a captured session between the datagrams: JSON in a block of its own.
struct SessionNote: Codable {
    /// In nanoseconds of the shard's clock: of the command, or up to when the shard was driven.
    var at: Int64?
    /// First of all: by how much the capture's times are ahead of the shard's, and where the shard listens.
    var clockOffset: Int64?
    var address: CommandNote.Address?
    var maximumMembers: Int?
    var maximumRooms: Int?
    var command: CommandNote?
    /// Whether the session ends here; what has no such note has been cut off.
    var isEnd: Bool?
    /// Last of all: inputs that the recorder could not keep up with.
    var lost: Int?
}

/// A shard's command, as it is written down.
enum CommandNote: Codable {
    struct Address: Codable {
        var high: UInt64
        var low: UInt64
        var port: UInt16

        init(_ endpoint: Endpoint) { (high, low, port) = (endpoint.high, endpoint.low, endpoint.port) }

        var endpoint: Endpoint { Endpoint(high: high, low: low, port: port) }
    }

    struct Key: Codable {
        var suite: String
        var secret: Data

        init(_ key: KeyMaterial) { (suite, secret) = (key.suite, Data(key.secret)) }

        var material: KeyMaterial { KeyMaterial(suite: suite, secret: Array(secret)) }
    }

    struct Profile: Codable {
        var isGateway: Bool
        var source: Address?
        var sourceSSRC: UInt32?
        var ssrc: UInt32
        var streamSSRC: UInt32
        var firstSequenceNumber: UInt16
        var firstTimestamp: UInt32
        var canonicalName: String
        var flags: UInt8
    }

    case open(guild: UInt64, channel: UInt64, pipeline: String, places: Int)
    case close(guild: UInt64, channel: UInt64)
    case join(guild: UInt64, channel: UInt64, member: UInt64, profile: Profile)
    case secure(member: UInt64, inbound: Key?, outbound: Key?, destination: Address?, multiplexesControl: Bool?)
    case set(member: UInt64, flags: UInt8)
    case mute(member: UInt64, hears: UInt64, isMuted: Bool)
    case leave(member: UInt64)

    /// nil: a command that changes nothing.
    init?(_ command: ShardCommand) {
        switch command {
        case .open(let room, let plan, let places):
            self = .open(guild: room.guild, channel: room.channel, pipeline: plan.source, places: places)
        case .close(let room): self = .close(guild: room.guild, channel: room.channel)
        case .join(let room, let member, let profile):
            self = .join(
                guild: room.guild, channel: room.channel, member: member.number, profile: Profile(profile))
        case .secure(let member, let session):
            self = .secure(
                member: member.number, inbound: session.inbound.map(Key.init), outbound: session.outbound.map(Key.init),
                destination: session.destination.map(Address.init), multiplexesControl: session.multiplexesControl)
        case .set(let member, let flags): self = .set(member: member.number, flags: flags.rawValue)
        case .mute(let member, let other, let isMuted):
            self = .mute(member: member.number, hears: other.number, isMuted: isMuted)
        case .leave(let member): self = .leave(member: member.number)
        case .report: return nil
        }
    }

    /// - Parameter registry: knows the pipeline's stages.
    func command(_ registry: StageRegistry) throws -> ShardCommand {
        switch self {
        case .open(let guild, let channel, let pipeline, let places):
            let plan = try PipelineFile.load(text: pipeline, file: "the capture's pipeline", registry: registry)
            return .open(RoomID(guild: guild, channel: channel), plan: plan, places: places)
        case .close(let guild, let channel): return .close(RoomID(guild: guild, channel: channel))
        case .join(let guild, let channel, let member, let profile):
            return .join(RoomID(guild: guild, channel: channel), MemberID(member), profile.memberProfile)
        case .secure(let member, let inbound, let outbound, let destination, let multiplexesControl):
            let session = MediaSession(
                inbound: inbound?.material, outbound: outbound?.material, destination: destination?.endpoint,
                multiplexesControl: multiplexesControl ?? false)
            return .secure(MemberID(member), session)
        case .set(let member, let flags): return .set(MemberID(member), VoiceFlags(rawValue: flags))
        case .mute(let member, let other, let isMuted):
            return .mute(MemberID(member), hears: MemberID(other), isMuted: isMuted)
        case .leave(let member): return .leave(MemberID(member))
        }
    }
}

extension CommandNote.Profile {
    init(_ profile: MemberProfile) {
        switch profile.kind {
        case .gateway: isGateway = true
        case .plain(let source, let ssrc):
            isGateway = false
            self.source = source.map(CommandNote.Address.init)
            sourceSSRC = ssrc
        }
        ssrc = profile.ssrc
        streamSSRC = profile.stream.ssrc
        firstSequenceNumber = profile.stream.firstSequenceNumber
        firstTimestamp = profile.stream.firstTimestamp
        canonicalName = profile.stream.canonicalName
        flags = profile.flags.rawValue
    }

    var memberProfile: MemberProfile {
        MemberProfile(
            kind: isGateway ? .gateway : .plain(source: source?.endpoint, ssrc: sourceSSRC), ssrc: ssrc,
            stream: StreamIdentity(
                ssrc: streamSSRC, firstSequenceNumber: firstSequenceNumber, firstTimestamp: firstTimestamp,
                canonicalName: canonicalName),
            flags: VoiceFlags(rawValue: flags))
    }
}
