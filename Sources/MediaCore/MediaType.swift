/// What flows between two stages.
public enum MediaType: String, Sendable, Hashable, CaseIterable {
    /// Encrypted RTP packets (RFC 3711).
    case srtp
    /// RTP packets (RFC 3550).
    case rtp
    /// Opus packets (RFC 6716), without RTP.
    case opus
    /// One PCM frame per tick.
    case pcm
    /// One PCM frame per tick from every voice in the room.
    case voices = "pcm × N"
}
