import LiveRoom
import PacketCapture
import VoiceInstance

/// Somebody who means harm: has an address of their own, sees what passes on the wire, and has no key and no token.
final class Intruder {
    let index: Int
    let band: Scenario.Band
    let endpoint: Endpoint
    var chance: Chance

    init(_ index: Int, _ band: Scenario.Band, seed: UInt64) {
        self.index = index
        self.band = band
        endpoint = Endpoint(ipv4: 0xC633_6400 + UInt32(index + 1), port: 666)
        chance = Chance(seed: seed, .intruder, index)
    }

    func pause() -> Int64 { chance.time(mean: band.every.nanoseconds) }
}

extension Simulation {
    /// A connection that misbehaves is closed within.
    private static let patience: Int64 = 20 * .second

    func attack(_ intruder: Intruder) {
        guard !isOver else { return }
        schedule(.attack(intruder.index), in: intruder.pause())
        result.attacks += 1
        let victims = people.filter { $0.crowd.channel == intruder.band.channel && $0.phase == .inRoom }
        let victim = victims.isEmpty ? nil : victims[intruder.chance.below(victims.count)]
        if intruder.chance.isTrue(0.7) {
            attackMedia(intruder, victim)
        } else {
            attackGateway(intruder, victim)
        }
    }

    // MARK: - Datagrams

    private func attackMedia(_ intruder: Intruder, _ victim: Person?) {
        // Addresses can be made up.
        let source = intruder.chance.isTrue(0.5) ? intruder.endpoint : victim?.endpoint ?? intruder.endpoint
        let shard = victim?.shard ?? 0
        var bytes: [UInt8]
        switch intruder.chance.below(5) {
        case 0: bytes = intruder.chance.bytes(intruder.chance.below(200))
        case 1: bytes = forged(intruder, victim)
        case 2: bytes = victim?.lastDelivered ?? []
        case 3:
            bytes = victim?.lastDelivered ?? []
            if !bytes.isEmpty { bytes[intruder.chance.below(bytes.count)] ^= 1 << UInt8(intruder.chance.below(8)) }
        default:
            bytes = [UInt8](repeating: 0, count: IPDiscovery.bytes)
            var span = bytes.mutableSpan
            IPDiscovery.writeRequest(ssrc: victim?.ssrc ?? 0, into: &span)
            return schedule(.datagram(bytes, from: intruder.endpoint, shard: shard, by: .intruder), in: 0)
        }
        schedule(.datagram(bytes, from: source, shard: shard, by: .intruder), in: 0)
    }

    private func forged(_ intruder: Intruder, _ victim: Person?) -> [UInt8] {
        let ssrc = victim?.ssrc ?? 1
        var bytes = [0x80, 120] + intruder.chance.bytes(150)
        for i in 0..<4 { bytes[8 + i] = UInt8(truncatingIfNeeded: ssrc >> UInt32(24 - 8 * i)) }
        return bytes
    }

    // MARK: - The gateway

    private func attackGateway(_ intruder: Intruder, _ victim: Person?) {
        let guild = scenario.channels[intruder.band.channel].guild
        let user = victim?.user ?? 1
        let session = victim?.session ?? "none"
        let kind = intruder.chance.below(9)
        let token = String(intruder.chance.next(), radix: 16)
        func identify(_ guild: Int, _ user: Snowflake, _ token: String) -> String {
            "{\"op\":0,\"d\":{\"server_id\":\"\(guild)\",\"user_id\":\"\(user)\",\"session_id\":\"\(session)\","
                + "\"token\":\"\(token)\"}}"
        }
        var (version, texts, codes): (String, [String], Set<CloseCode>)
        switch kind {
        case 0: (version, texts, codes) = ("8", [identify(guild, user, token)], [.authenticationFailed])
        case 1: (version, texts, codes) = ("8", [identify(99_999, user, token)], [.serverNotFound])
        case 2:
            let resume =
                "{\"op\":7,\"d\":{\"server_id\":\"\(guild)\",\"session_id\":\"\(session)\",\"token\":\"\(token)\"}}"
            (version, texts, codes) = ("8", [resume], [.authenticationFailed, .sessionInvalid])
        case 3: (version, texts, codes) = ("8", ["{\"op\":"], [.undecodable])
        case 4: (version, texts, codes) = ("8", ["{\"op\":77,\"d\":{}}"], [.unknownOpcode])
        case 5: (version, texts, codes) = ("8", ["{\"op\":5,\"d\":{\"speaking\":1,\"ssrc\":1}}"], [.notAuthenticated])
        case 6: (version, texts, codes) = ("3", [], [.unknownProtocol])
        case 7:
            texts = Array(repeating: "{\"op\":3,\"d\":{\"t\":1,\"seq_ack\":0}}", count: 20)
            (version, codes) = ("8", [.rateLimited])
        // Says nothing at all.
        default: (version, texts, codes) = ("8", [], [.sessionTimeout])
        }
        let connection = connections.new(.intruder(intruder.index))
        connections.expected[connection] = (codes, now + Self.patience)
        schedule(.open(connection, version: version, from: intruder.endpoint), in: 0)
        for text in texts { schedule(.text(text, connection), in: .millisecond) }
    }
}
