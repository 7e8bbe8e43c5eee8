public import PipelineSpec

/// What is asked of a shard. A command for somebody who is not there, or not any more, does nothing.
public enum ShardCommand: Sendable {
    /// - Parameters:
    ///   - places: people who can be heard at the same time, 1...64; who starts to speak when all are taken waits.
    case open(RoomID, plan: PipelinePlan, places: Int)
    /// Lets everyone leave.
    case close(RoomID)
    case join(RoomID, MemberID, MemberProfile)
    /// Sets or replaces the member's keys.
    case secure(MemberID, MediaSession)
    case set(MemberID, VoiceFlags)
    /// One member does not hear another any more, or does again.
    case mute(MemberID, hears: MemberID, isMuted: Bool)
    case leave(MemberID)
    /// Asks for an event `.report`.
    case report(token: UInt64)
}
