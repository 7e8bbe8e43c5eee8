// The roles a stage can play. They are narrow on purpose: a lane knows from the role alone when to call the stage, and
// calls it directly, once per packet or per frame. Conformers are noncopyable structs that own all their memory, which
// they take when they are made; a call allocates nothing, locks nothing and waits for nothing.

/// What every stage can do, whatever its role.
public protocol Stage: ~Copyable {
    /// Forgets everything heard so far, as if new. Parameters stay.
    mutating func reset()
}

/// srtp → rtp, or rtp → srtp: one datagram, in place.
public protocol PacketFilter: Stage, ~Copyable {
    /// Bytes by which a packet can grow. `process` is always offered room for as many.
    var maximumGrowth: Int { get }

    /// - Parameter length: of the packet at the start of `bytes`.
    mutating func process(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict

    /// The same for a datagram of RTCP, which is offered room for 20 bytes more (SRTCP's index and tag).
    mutating func processControl(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict
}

extension PacketFilter where Self: ~Copyable {
    /// For a protocol that has no RTCP: none goes through.
    public mutating func processControl(_ bytes: inout MutableSpan<UInt8>, length: Int) -> PacketVerdict {
        .refused(.malformed)
    }
}

public enum PacketVerdict: Sendable, Hashable {
    /// The packet goes on, so many bytes long.
    case passed(Int)
    case refused(PacketRefusal)
}

/// Why a packet goes no further. What packets bring is counted, never thrown.
public enum PacketRefusal: Sendable, Hashable, CaseIterable {
    /// It is not of the protocol.
    case malformed
    /// Its tag is not that of the key.
    case unauthenticated
    /// It has been seen.
    case replayed
    /// It is older than the replay window reaches.
    case tooOld
    /// The key must not be used any more.
    case exhausted
}

/// opus → opus. Looks at a packet before it is decoded and may spare its decoding.
public protocol PayloadFilter: Stage, ~Copyable {
    /// Called once per packet, in order.
    /// - Parameter audioLevel: what the sender said of the packet's level (RFC 6464), in dBov, -127...0; nil if nothing.
    mutating func judge(_ payload: Span<UInt8>, audioLevel: Int?) -> PayloadVerdict
}

public enum PayloadVerdict: Sendable, Hashable {
    case decode
    /// Not worth decoding: stands for silence as long as the packet.
    case silent
}

/// opus → pcm.
public protocol PayloadDecoder: Stage, ~Copyable {
    /// The most samples per channel that one packet can hold. `decode` is always offered room for as many.
    var maximumSamplesPerPacket: Int { get }

    /// Samples per channel that a packet holds, by its header alone; nil if it is malformed.
    func sampleCount(of payload: Span<UInt8>) -> Int?

    /// Decodes a packet into interleaved samples of the pipeline's format.
    /// - Returns: samples per channel written, or nil if the packet is corrupt (the caller then conceals it).
    mutating func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Float>) -> Int?

    /// Fills a gap, or the next part of one: from the redundancy that a later packet may carry, and by concealment where
    /// there is none.
    /// - Parameters:
    ///   - count: samples per channel to be written, at most `maximumSamplesPerPacket`.
    ///   - next: the first packet after the gap, if it has come.
    ///   - distance: samples per channel from here to where `next` begins: `count`, or more if the gap goes on.
    /// - Returns: how the gap's last samples were filled.
    mutating func conceal(
        _ count: Int, before next: Span<UInt8>?, distance: Int, into samples: inout MutableSpan<Float>
    ) -> Concealment
}

/// How samples that did not come were filled in.
public enum Concealment: Sendable, Hashable {
    /// Made up from what was heard before.
    case extrapolated
    /// The same, by a model of speech that needs no help.
    case predicted
    /// Restored from a later packet's redundancy: the sender's own sound.
    case restored
}

/// pcm → pcm, in place. In the scope of a participant or a listener there is one per lane; in the scope of a room after
/// the mix, one per exclusion class.
public protocol FrameFilter: Stage, Forkable, ~Copyable {
    /// The delay from a sample's arrival to its departure, in samples per channel.
    var latency: Int { get }

    mutating func process(_ frame: inout PCMFrame)
}

/// pcm × N → pcm × N. Decides which voices are heard.
public protocol VoiceSelector: Stage, ~Copyable {
    /// Called once per tick, before any mix. Sets `isSelected` of the voices that are present.
    mutating func select(_ voices: inout VoiceBank)
}

/// pcm × N → pcm. Called once per tick for each exclusion class; one instance per class.
public protocol VoiceMixer: Stage, Forkable, ~Copyable {
    /// - Parameter excluded: the voices that this class must not hear.
    mutating func mix(_ voices: borrowing VoiceBank, excluding excluded: ExclusionSet, into frame: inout PCMFrame)

    /// Lets a voice that is excluded from the next mix on fade out instead of being cut. For voices that a listener has
    /// chosen not to hear; one's own is cut, and so is what was fading out when 0 samples are asked for.
    /// - Parameter samples: per channel.
    mutating func fadeOut(_ place: Int, over samples: Int)

    /// Lets a voice take so long to fade in when it is next heard.
    mutating func fadeIn(_ place: Int, over samples: Int)
}

/// For a mixer that has no fades: voices are cut.
extension VoiceMixer where Self: ~Copyable {
    public mutating func fadeOut(_ place: Int, over samples: Int) {}
    public mutating func fadeIn(_ place: Int, over samples: Int) {}
}

/// pcm → opus.
public protocol PayloadEncoder: Stage, Forkable, ~Copyable {
    /// The encoder's delay (look-ahead), in samples per channel; an Ogg Opus file says it in its pre-skip.
    var latency: Int { get }
    /// Bytes that the longest packet can have. `encode` must be offered as many.
    var maximumPayloadBytes: Int { get }

    /// Encodes one frame.
    /// - Returns: the packet's length in bytes; 0 if there is nothing to send.
    mutating func encode(_ frame: borrowing PCMFrame, into payload: inout MutableSpan<UInt8>) -> Int

    /// The same without prediction from earlier frames, so that a decoder that comes from another stream recovers at
    /// once. Costs some quality or bits.
    mutating func encodeIndependently(_ frame: borrowing PCMFrame, into payload: inout MutableSpan<UInt8>) -> Int
}

/// opus → rtp. One per listener: sequence numbers, timestamps and the SSRC are theirs.
public protocol Packetizer: Stage, ~Copyable {
    /// Bytes that the longest packet can have, for payloads of so many.
    func maximumPacketBytes(payload: Int) -> Int

    /// Makes the packet of one frame. Called for every frame, also if there is nothing to send: time goes on.
    /// - Parameters:
    ///   - payload: what the encoder made; empty if there is nothing to send.
    ///   - contributors: the SSRCs of those who are heard.
    /// - Returns: the packet's length; 0 if there is none.
    mutating func packetize(
        _ payload: Span<UInt8>, _ frame: PacketizedFrame, contributors: Span<UInt32>,
        into bytes: inout MutableSpan<UInt8>
    ) -> Int

    /// Makes a compound RTCP packet: sender report and canonical name.
    /// - Parameter wallclock: in nanoseconds since 1970, at the start of the last frame.
    /// - Returns: its length.
    mutating func report(wallclock: Int64, into bytes: inout MutableSpan<UInt8>) -> Int

    /// The last report of a stream: the same, with a goodbye (RFC 3550 §6.6).
    mutating func goodbye(wallclock: Int64, into bytes: inout MutableSpan<UInt8>) -> Int
}

/// What a packetizer is told of a frame.
public struct PacketizedFrame: Sendable, Hashable {
    /// Samples per channel at 48 kHz.
    public var samples: Int
    /// Level in dBov, -127...0; nil if nobody has measured it.
    public var level: Int?
    public var isVoice: Bool

    public init(samples: Int, level: Int? = nil, isVoice: Bool = true) {
        self.samples = samples
        self.level = level
        self.isVoice = isVoice
    }
}

/// Who sends: what the packets of one listener's stream are marked with.
public struct StreamIdentity: Sendable, Hashable {
    public var ssrc: UInt32
    public var firstSequenceNumber: UInt16
    public var firstTimestamp: UInt32
    /// At most 255 bytes of UTF-8 (RFC 3550 §6.5.1).
    public var canonicalName: String

    public init(
        ssrc: UInt32, firstSequenceNumber: UInt16 = 0, firstTimestamp: UInt32 = 0, canonicalName: String = "parley"
    ) {
        self.ssrc = ssrc
        self.firstSequenceNumber = firstSequenceNumber
        self.firstTimestamp = firstTimestamp
        self.canonicalName = canonicalName
    }
}

/// A secret and what it is for, as signalling gave it; the stage that uses it knows the suites.
public struct KeyMaterial: Sendable, Hashable {
    /// The name of a protection profile: `aead-aes-128-gcm`.
    public var suite: String
    /// Master key and, behind it, salt.
    public var secret: [UInt8]

    public init(suite: String, secret: [UInt8]) {
        self.suite = suite
        self.secret = secret
    }
}
