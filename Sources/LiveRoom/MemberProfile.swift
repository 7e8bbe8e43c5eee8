public import MediaCore
public import PacketCapture

/// What a shard is told of a member when they join.
public struct MemberProfile: Sendable, Hashable {
    /// How a client's datagrams are found to be theirs, and what they may hold.
    public enum Kind: Sendable, Hashable {
        /// A client of the voice gateway: sends with the SSRC it was given, asks for its address (IP discovery), says
        /// that it will speak before it sends, and takes no contributing sources.
        case gateway
        /// A plain RTP or SRTP participant: known by its source address, by the SSRC it sends with, or by both. Nobody
        /// says for it that it will speak.
        case plain(source: Endpoint?, ssrc: UInt32?)
    }

    public var kind: Kind
    /// What the member sends with if it is a client of the gateway, and what stands for its voice elsewhere. One of its
    /// own in the whole shard.
    public var ssrc: UInt32
    /// What the stream that the member gets is marked with.
    public var stream: StreamIdentity
    public var flags: VoiceFlags

    public init(kind: Kind, ssrc: UInt32, stream: StreamIdentity, flags: VoiceFlags = []) {
        self.kind = kind
        self.ssrc = ssrc
        self.stream = stream
        self.flags = flags
    }
}

/// What is set for a member, by themselves or by others.
public struct VoiceFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let selfMute = VoiceFlags(rawValue: 1 << 0)
    public static let serverMute = VoiceFlags(rawValue: 1 << 1)
    public static let selfDeaf = VoiceFlags(rawValue: 1 << 2)
    public static let serverDeaf = VoiceFlags(rawValue: 1 << 3)
    /// Everyone else is turned down while they speak.
    public static let priority = VoiceFlags(rawValue: 1 << 4)
    /// Is in a stage channel's audience: not heard.
    public static let suppress = VoiceFlags(rawValue: 1 << 5)
    /// A client of the gateway has said that it will send.
    public static let announced = VoiceFlags(rawValue: 1 << 6)

    public var isMute: Bool { !isDisjoint(with: [.selfMute, .serverMute, .suppress]) }
    /// Whether what the member sends is not heard: whoever does not hear does not speak, as with Discord.
    var isSilenced: Bool { isMute || isDeaf }
    public var isDeaf: Bool { !isDisjoint(with: [.selfDeaf, .serverDeaf]) }
}

/// How a member's media is sealed, and where it goes.
public struct MediaSession: Sendable, Hashable {
    /// nil: plain RTP.
    public var inbound: KeyMaterial?
    public var outbound: KeyMaterial?
    /// Where the member says that it is. For a client of the gateway it counts only if the shard has been asked for that
    /// very address (IP discovery); else, and if there is none, where the first authentic packet comes from counts.
    public var destination: Endpoint?
    /// Whether a plain participant is sent RTCP where RTP goes (RFC 5761). Else it goes to the next port (RFC 3550 §11) of
    /// `destination`, and to nobody who is elsewhere.
    public var multiplexesControl: Bool

    public init(
        inbound: KeyMaterial?, outbound: KeyMaterial?, destination: Endpoint?, multiplexesControl: Bool = false
    ) {
        self.inbound = inbound
        self.outbound = outbound
        self.destination = destination
        self.multiplexesControl = multiplexesControl
    }
}
