/// Why something asked of the instance's API is refused.
public enum InstanceError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The state cannot be understood; `path` says where: `voice_states[3].user_id`.
    case malformed(path: String, String)
    /// Older than what is there, or of the same revision and not the same.
    case stale(guild: Snowflake, currentEpoch: UInt64, currentRevision: UInt64, String)
    /// A limit of the instance.
    case full(String)

    public var description: String {
        switch self {
        case .malformed(let path, let text): path.isEmpty ? text : "\(path): \(text)"
        case .stale(let guild, let epoch, let revision, let text):
            "guild \(guild): \(text); current are epoch \(epoch) and revision \(revision)"
        case .full(let text): text
        }
    }
}
