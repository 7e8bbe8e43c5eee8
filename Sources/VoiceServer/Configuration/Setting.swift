public import PipelineSpec

/// One key of the configuration of a voice server.
public struct Setting: Sendable {
    /// `gateway.listen`: the section and the key, joined by dots.
    public let path: String
    public let type: SettingType
    /// What holds where nothing is written, as a file would say it; nil for nothing.
    public let defaultText: String?
    /// One sentence that says what the key does.
    public let meaning: String
    /// Whether a running server takes over a change of it (SIGHUP).
    public let canReload: Bool

    init(
        _ path: String, _ type: SettingType, default defaultText: String?, _ meaning: String, canReload: Bool = false
    ) {
        self.path = path
        self.type = type
        self.defaultText = defaultText
        self.meaning = meaning
        self.canReload = canReload
    }

    /// `PARLEY_VOICE_GATEWAY_LISTEN`: the environment variable that wins over the file.
    public var variable: String {
        Self.variablePrefix + path.uppercased().replacing(".", with: "_").replacing("-", with: "_")
    }

    static let variablePrefix = "PARLEY_VOICE_"
}

/// What values a key takes.
public enum SettingType: Sendable {
    /// Numbers, durations and words, as in pipeline files.
    case parameter(ParameterType)
    /// `0.0.0.0:4443`, `[::1]:4443`
    case address
    /// An IP address, or a name that stands for one; the word `auto` where it is allowed.
    case host(allowsAuto: Bool)
    /// `50000-50063`; 0 for whichever are free.
    case ports
    /// `16 KiB`, in bytes
    case size(ClosedRange<Int>)
    case text(longest: Int)
    case path
    /// Texts, at most so many.
    case list(most: Int)
}

/// A checked value of a key.
public enum SettingValue: Sendable, Hashable {
    case parameter(ParameterValue)
    case address(ServerAddress)
    case ports(ClosedRange<Int>)
    case size(Int)
    case text(String)
    case list([String])
}

/// Where something listens: an address and a TCP port.
public struct ServerAddress: Sendable, Hashable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Whether only programs on this machine reach it.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
