import MediaCore
import NetworkImpairment
import PacketCapture
import SecureRTP
import VoiceInstance

/// Somebody who joins through the voice gateway, talks, is silent, and has trouble with their line.
final class Person {
    enum Phase: Equatable {
        case away
        /// Has no connection, or one that has not been greeted.
        case connecting
        /// Has identified; waits for an SSRC, for their address, for keys.
        case identified
        case inRoom
    }

    let index: Int
    let crowd: Scenario.Crowd
    let user: Snowflake
    /// Of those that can be told apart.
    let voice: Int
    let isSampled: Bool
    var chance: Chance
    var uplink: ImpairedNetwork
    private(set) var endpoint: Endpoint
    private var ports: UInt16 = 20_000

    // Who they are to the gateway.
    var session = ""
    var token = ""
    private var sessions = 0
    /// Timers that belong to an earlier life do not count.
    var life = 0
    var phase = Phase.away
    var connection: ConnectionID?
    var isResuming = false
    /// Their channel was set up anew, so that they must identify anew.
    var mayBeReset = false
    var arrived: Int64 = 0
    var mode = ""
    var hasMedia = false
    var acknowledged = -1
    var heartbeatInterval: Int64 = 0
    /// No message overtakes another.
    var lastToServer: Int64 = 0
    var lastToPerson: Int64 = 0

    // Media.
    var ssrc: UInt32 = 0
    var mixSSRC: UInt32 = 0
    var shard = 0
    var sealer: Sealer?
    var sequenceNumber: UInt16 = 0
    var firstTimestamp: UInt32 = 0
    var mediaStart: Int64 = 0
    var frame = 0
    var isTalking = false
    var spurtEnd: Int64 = 0
    var silenceLeft = 0
    /// The last packet that the server got, as it was on the wire.
    var lastDelivered: [UInt8] = []

    // What they were told of the others.
    var known: Set<UInt64> = []
    var speaking: Set<UInt64> = []
    /// Messages on their way to them.
    var messagesUnderWay = 0

    init(_ index: Int, _ crowd: Scenario.Crowd, voice: Int, isSampled: Bool, seed: UInt64) {
        self.index = index
        self.crowd = crowd
        self.voice = voice % VoiceLoops.count
        self.isSampled = isSampled
        user = Snowflake(UInt64(1000 + index))
        chance = Chance(seed: seed, .person, index)
        var network = Chance(seed: seed, .uplink, index)
        uplink = ImpairedNetwork(crowd.network, seed: network.next())
        endpoint = Endpoint(ipv4: 0x0A00_0000 + UInt32(index + 1), port: ports)
    }

    var isPresent: Bool { phase != .away }

    /// Another port, as a router gives one that has forgotten the old.
    func move() {
        ports = ports == .max ? 20_000 : ports + 1
        endpoint = Endpoint(high: endpoint.high, low: endpoint.low, port: ports)
    }

    /// Another session at the main gateway.
    func newSession() {
        sessions += 1
        session = "session-\(index)-\(sessions)"
        token = String(chance.next(), radix: 16)
    }

    /// Nothing is left of what was set up with the voice server.
    func forget() {
        life += 1
        connection = nil
        (isResuming, hasMedia, isTalking, acknowledged) = (false, false, false, -1)
        (ssrc, mixSSRC, sealer, silenceLeft) = (0, 0, nil, 0)
        known = []
        speaking = []
    }
}

/// What seals a person's packets.
final class Sealer {
    let key: [UInt8]
    private var cipher: RTPSizeCipher

    init(_ mode: RTPSizeMode, key: [UInt8]) throws {
        self.key = key
        cipher = try RTPSizeCipher(mode, key: key, isSealing: true)
    }

    func seal(_ bytes: inout [UInt8], length: Int) -> Int {
        var span = bytes.mutableSpan
        switch cipher.process(&span, length: length) {
        case .passed(let count): return count
        case .refused: return 0
        }
    }
}
