// The roles a stage can play. They are narrow on purpose: a lane knows from the role alone when to call the stage, and
// calls it directly, once per packet or per frame. Conformers are noncopyable structs that own all their memory, which
// they take when they are made; a call allocates nothing, locks nothing and waits for nothing.

/// What every stage can do, whatever its role.
public protocol Stage: ~Copyable {
    /// Forgets everything heard so far, as if new. Parameters stay.
    mutating func reset()
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

    /// Fills a gap before a packet: from the redundancy that `next`, the first packet after the gap, may carry,
    /// and by concealment where there is none.
    /// - Parameter count: samples per channel that are missing, at most `maximumSamplesPerPacket`.
    /// - Returns: samples per channel written: always `count`.
    mutating func conceal(_ count: Int, before next: Span<UInt8>?, into samples: inout MutableSpan<Float>) -> Int
}

/// pcm → pcm, in place. In the scope of a participant or a listener there is one per lane; in the scope of a room after
/// the mix, one per exclusion class.
public protocol FrameFilter: Stage, ~Copyable {
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
public protocol VoiceMixer: Stage, ~Copyable {
    /// - Parameter excluded: the voices that this class must not hear.
    mutating func mix(_ voices: borrowing VoiceBank, excluding excluded: ExclusionSet, into frame: inout PCMFrame)
}

/// pcm → opus.
public protocol PayloadEncoder: Stage, ~Copyable {
    /// The encoder's delay (look-ahead), in samples per channel; an Ogg Opus file says it in its pre-skip.
    var latency: Int { get }
    /// Bytes that the longest packet can have. `encode` must be offered as many.
    var maximumPayloadBytes: Int { get }

    /// Encodes one frame.
    /// - Returns: the packet's length in bytes; 0 if there is nothing to send.
    mutating func encode(_ frame: borrowing PCMFrame, into payload: inout MutableSpan<UInt8>) -> Int
}
