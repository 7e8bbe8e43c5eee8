public import MediaCore

/// What a headless client is to do.
public struct CallRequest: Sendable {
    /// How it joins.
    public enum Route: Sendable {
        case gateway(GatewayAddress, VoiceIdentity, Trust)
        /// By plain SRTP, or RTP where there are no keys.
        case plain(
            host: String, port: Int, localPort: Int, ssrc: UInt32, sendKey: KeyMaterial?, receiveKey: KeyMaterial?)
    }

    /// Whose certificates count.
    public enum Trust: Sendable, Hashable {
        case system
        /// A file of certificates (PEM).
        case file(String)
        /// Anybody's.
        case anyone
    }

    /// Clients of the voice gateway send this payload type.
    public static let payloadType: UInt8 = 0x78

    public var route: Route
    /// What is played, one after the other: files, `tone:440`, `tone:440:2.5`, `silence:1`.
    public var play: [String] = []
    public var repeats = false
    /// In bit/s, of what is sent.
    public var bitrate = 64_000
    public var payloadType = Self.payloadType
    /// Where to write what is heard.
    public var recording: String?
    public var overwrites = false
    /// From when media can flow; nil: until the end of what is played, or until it is stopped.
    public var duration: Duration?
    /// Until media can flow.
    public var joinTimeout = Duration.seconds(20)
    /// When the WebSocket is cut as a broken network would, to see the session resumed.
    public var cutAfter: Duration?

    public init(_ route: Route) { self.route = route }
}
