public import LiveRoom

/// What the owner of an instance does for it, in order.
public enum InstanceAction: Sendable {
    /// What a close frame has room for (RFC 6455 §5.5).
    public static let maximumReasonBytes = 123

    case send(ConnectionID, String)
    /// Sends a close frame; the reason has at most `maximumReasonBytes`. The instance has forgotten the connection already: whatever comes from it is ignored.
    case close(ConnectionID, CloseCode, reason: String)
    case command(shard: Int, ShardCommand)
}
