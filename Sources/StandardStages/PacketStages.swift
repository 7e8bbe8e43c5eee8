import JitterBuffer
import MediaCore
import Packetization
import PipelineSpec
import SecureRTP

/// The stages of `SecureRTP`, `JitterBuffer` and `Packetization`.
enum PacketStages {
    static let all = [unprotect, adaptive, fixed, packetize, protect]

    private static let suites = CryptoSuite.allCases.map(\.rawValue) + RTPSizeMode.allCases.map(\.rawValue)

    static let unprotect = StageDescriptor(
        kind: "srtp.unprotect",
        summary: "Opens SRTP packets: authenticates, decrypts, refuses replays. The key comes with the stream.",
        scopes: [.participant],
        parameters: [
            Parameter(
                "replay-window", .count(64...16_384, unit: "packets"), default: .count(1024),
                "how far back replayed packets are told from late ones; rounded up to a power of two")
        ],
        builder: .unprotector { arguments, key in
            let window = arguments.count("replay-window")
            if let mode = RTPSizeMode(rawValue: key.suite) {
                return try RTPSizeCipher(mode, key: key.secret, isSealing: false, replayWindow: window)
            }
            return try SRTPUnprotector(try master(key), replayWindow: window)
        })

    static let adaptive = StageDescriptor(
        kind: "jitter.adaptive",
        summary: "Puts packets in order and plays them as soon as the network's jitter allows; tells pauses from loss.",
        scopes: [.participant],
        parameters: [
            Parameter(
                "target", .percentage(50...99.9), default: .percentage(95),
                "the share of packets that shall come in time"),
            Parameter(
                "min", .duration(.zero ... .seconds(1)), default: .duration(.milliseconds(20)), "the least delay"),
            Parameter(
                "max", .duration(.milliseconds(10) ... .seconds(2)), default: .duration(.milliseconds(200)),
                "the greatest delay that is aimed at"),
            fill,
        ],
        validate: { arguments, _ in
            guard arguments.duration("min") > arguments.duration("max") else { return nil }
            return StageProblem(parameter: "min", "the least delay is greater than the greatest")
        },
        builder: .playoutBuffer { arguments, format in
            var configuration = JitterBuffer.Configuration()
            configuration.quantile = arguments.percentage("target") / 100
            configuration.minimum = arguments.duration("min")
            configuration.maximum = arguments.duration("max")
            configuration.fillsWithComfortNoise = arguments.word("fill") == "comfort-noise"
            configuration.frame = format.frameDuration
            return JitterBuffer(configuration)
        })

    static let fixed = StageDescriptor(
        kind: "jitter.fixed",
        summary: "Puts packets in order and plays all with the same delay; what comes later is lost.",
        scopes: [.participant],
        parameters: [
            Parameter(
                "delay", .duration(.zero ... .seconds(2)), default: .duration(.milliseconds(60)),
                "from a packet's usual arrival to its first sample"),
            fill,
        ],
        builder: .playoutBuffer { arguments, format in
            var configuration = JitterBuffer.Configuration()
            configuration.fixed = arguments.duration("delay")
            configuration.fillsWithComfortNoise = arguments.word("fill") == "comfort-noise"
            configuration.frame = format.frameDuration
            return JitterBuffer(configuration)
        })

    private static let fill = Parameter(
        "fill", .choice(["comfort-noise", "silence"]), default: .word("comfort-noise"),
        "what is heard while the sender sends nothing: noise like its background, or nothing")

    static let packetize = StageDescriptor(
        kind: "rtp.packetize",
        summary: "Makes RTP packets of Opus packets: one stream per listener, with the voices it is made of.",
        scopes: [.listener],
        parameters: [
            Parameter("payload-type", .count(96...127), default: .count(111), "what the packets are marked as"),
            Parameter(
                "csrc", .choice(["auto", "off"]), default: .word("auto"),
                "whether the voices that are heard are listed as contributing sources, 15 at most"),
            Parameter(
                "red", .count(0...RTPPacketizer.maximumRedundancy, unit: "packets"), default: .count(0),
                "earlier packets that each packet carries again (RFC 2198)"),
            Parameter(
                "red-payload-type", .count(35...127), default: .count(63), "what packets with copies are marked as"),
            Parameter(
                "level", .either(["off"], .count(1...14)), default: .word("off"),
                "the identifier of the header extension that tells the audio level (RFC 6464)"),
        ],
        builder: .packetizer { arguments, identity in
            var configuration = RTPPacketizer.Configuration()
            configuration.payloadType = UInt8(arguments.count("payload-type"))
            configuration.listsContributors = arguments.word("csrc") == "auto"
            configuration.redundancy = arguments.count("red")
            configuration.redundantPayloadType = UInt8(arguments.count("red-payload-type"))
            configuration.levelIdentifier = arguments.word("level") == nil ? arguments.count("level") : nil
            return RTPPacketizer(configuration, identity: identity)
        })

    static let protect = StageDescriptor(
        kind: "srtp.protect",
        summary: "Seals RTP packets for one listener. The key comes with the listener.",
        scopes: [.listener],
        parameters: [
            Parameter(
                "suite", .choice(["auto"] + suites), default: .word("auto"),
                "the only suite that is allowed; auto takes the key's")
        ],
        builder: .protector { arguments, key in
            if let only = arguments.word("suite"), only != "auto", only != key.suite {
                throw SecureRTPError("the pipeline allows \(only) only, but the key is for \(key.suite)")
            }
            if let mode = RTPSizeMode(rawValue: key.suite) {
                return try RTPSizeCipher(
                    mode, key: key.secret, isSealing: true, firstCounter: RTPSizeCipher.firstServerCounter)
            }
            return try SRTPProtector(try master(key))
        })

    private static func master(_ key: KeyMaterial) throws(SecureRTPError) -> MasterKey {
        guard let suite = CryptoSuite(name: key.suite) else {
            throw SecureRTPError("unknown suite '\(key.suite)'; suites are \(suites.joined(separator: ", "))")
        }
        return try MasterKey(suite: suite, keyAndSalt: key.secret)
    }
}
