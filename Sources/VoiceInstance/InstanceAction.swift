public import LiveRoom

/// What the owner of an instance does for it, in order.
public enum InstanceAction: Sendable {
    case send(ConnectionID, String)
    /// Sends a close frame. The instance has forgotten the connection already: whatever comes from it is ignored.
    case close(ConnectionID, CloseCode, reason: String)
    case command(shard: Int, ShardCommand)
}
