public import PacketCapture

/// What a guild's voice channels are to be like, as a whole: pushed by whoever owns the guild.
public struct GuildState: Sendable, Hashable {
    public var guild: Snowflake
    /// Grows whenever the guild is given to a voice server.
    public var epoch: UInt64
    /// Grows with every change within an epoch.
    public var revision: UInt64
    public var channels: [ChannelState]
    public var voiceStates: [VoiceState]
    public var participants: [ParticipantState]

    public init(
        guild: Snowflake, epoch: UInt64, revision: UInt64, channels: [ChannelState] = [],
        voiceStates: [VoiceState] = [], participants: [ParticipantState] = []
    ) {
        self.guild = guild
        self.epoch = epoch
        self.revision = revision
        self.channels = channels
        self.voiceStates = voiceStates
        self.participants = participants
    }
}

/// A voice channel: a room.
public struct ChannelState: Sendable, Hashable {
    public static let placesRange = 1...64
    public static let bitrateRange = 6_000...510_000

    public var channel: Snowflake
    public var pipeline: String
    /// People who can be heard at the same time.
    public var places: Int
    /// Of the mix, in bit/s; nil: what the pipeline says.
    public var bitrate: Int?

    public init(channel: Snowflake, pipeline: String, places: Int = 16, bitrate: Int? = nil) {
        self.channel = channel
        self.pipeline = pipeline
        self.places = places
        self.bitrate = bitrate
    }
}

/// A user who may be, or is, in a voice channel.
public struct VoiceState: Sendable, Hashable {
    public var user: Snowflake
    public var channel: Snowflake
    public var session: String
    /// What the user shows to be let in.
    public var token: String
    public var mute = false
    public var deaf = false
    public var selfMute = false
    public var selfDeaf = false
    public var suppress = false
    /// Whether the user may be a priority speaker.
    public var priority = false
    /// Users and participants of the guild whom the user does not want to hear.
    public var localMutes: [Snowflake] = []

    public init(user: Snowflake, channel: Snowflake, session: String, token: String) {
        self.user = user
        self.channel = channel
        self.session = session
        self.token = token
    }
}

/// Who is in a channel by plain RTP or SRTP, without a gateway session.
public struct ParticipantState: Sendable, Hashable {
    /// Unlike every user and participant of the guild.
    public var participant: Snowflake
    public var channel: Snowflake
    /// A protection profile of SRTP; nil: plain RTP.
    public var suite: String?
    /// Master key and salt of what the participant sends; empty without a suite.
    public var receiveKey: [UInt8] = []
    /// And of what it is sent.
    public var sendKey: [UInt8] = []
    /// What it sends with. Without: whatever comes from its address.
    public var ssrc: UInt32?
    /// Where it sends from, and is sent to.
    public var address: Endpoint?
    /// Whether RTCP goes there too (RFC 5761), and not to the next port.
    public var multiplexesControl = false
    public var mute = false
    public var deaf = false
    public var priority = false

    public init(participant: Snowflake, channel: Snowflake, suite: String? = nil) {
        self.participant = participant
        self.channel = channel
        self.suite = suite
    }
}
