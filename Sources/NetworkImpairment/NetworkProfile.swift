public import PipelineSpec

/// What a network does to packets. Every part is off by default.
public struct NetworkProfile: Sendable, Hashable {
    /// How delays beyond the least one are distributed.
    public enum Jitter: String, Sendable, Hashable, CaseIterable {
        /// Half of a normal distribution; `jitter` is its standard deviation.
        case normal
        /// `jitter` is the mean.
        case exponential
        /// Heavy-tailed (shape 2.5); `jitter` is the mean.
        case pareto
    }

    public var name = "none"
    public var description = ""
    /// Share of packets lost, 0...1.
    public var loss = 0.0
    /// Mean length of a run of losses, in packets: 1 for independent losses, more for a Gilbert-Elliott channel.
    public var burst = 1.0
    /// Whether every run is as long as the mean; else lengths vary (geometrically).
    public var hasExactBursts = false
    /// Share of packets lost within a burst, 0...1; `loss` stays the share of all packets that bursts take.
    public var burstLoss = 1.0
    /// Share of packets lost between bursts, beside `loss`, 0...1.
    public var strayLoss = 0.0
    /// The least delay.
    public var delay = Duration.zero
    public var jitter = Duration.zero
    public var distribution = Jitter.normal
    /// Whether packets keep their order, as in a queue; else each takes its own time.
    public var keepsOrder = true
    /// Share of packets at which a spike begins, 0...1.
    public var spikes = 0.0
    /// The height of a spike; it falls back as time passes, because packets wait together.
    public var spikeHeight = Duration.zero
    /// Share of packets that are held back, and for how long, 0...1.
    public var reorder = 0.0
    public var reorderDelay = Duration.milliseconds(30)
    /// Share of packets that come twice, 0...1.
    public var duplicate = 0.0
    /// In bit/s, headers included; nil for no limit.
    public var bandwidth: Int?
    /// What waits longer than this for the bandwidth is dropped.
    public var queue = Duration.milliseconds(300)
    /// Of the sender's clock against the receiver's, in parts per million.
    public var drift = 0.0
    /// Time from the start of one outage to that of the next; zero for none.
    public var outageInterval = Duration.zero
    public var outage = Duration.zero

    public init() {}
}

extension NetworkProfile {
    /// The keys of a profile file.
    public static let parameters = [
        Parameter("loss", .percentage(0...100), default: .percentage(0), "share of packets lost"),
        Parameter("burst", .number(1...1000), default: .number(1), "mean length of a run of losses, in packets"),
        Parameter(
            "burst-length", .choice(["varying", "exact"]), default: .word("varying"),
            "whether every run is as long as the mean"),
        Parameter(
            "burst-loss", .percentage(1...100), default: .percentage(100), "share of packets lost within a burst"),
        Parameter(
            "stray-loss", .percentage(0...100), default: .percentage(0),
            "share of packets lost between bursts, beside the loss"),
        Parameter("delay", duration, default: .duration(.zero), "the least delay"),
        Parameter("jitter", duration, default: .duration(.zero), "delay beyond the least: its deviation or mean"),
        Parameter(
            "distribution", .choice(Jitter.allCases.map(\.rawValue)), default: .word("normal"), "of the jitter"),
        Parameter("order", .choice(["keep", "free"]), default: .word("keep"), "whether packets may overtake"),
        Parameter("spikes", .percentage(0...100), default: .percentage(0), "share of packets that begin a spike"),
        Parameter("spike-height", duration, default: .duration(.zero), "delay at the start of a spike"),
        Parameter("reorder", .percentage(0...100), default: .percentage(0), "share of packets held back"),
        Parameter("reorder-delay", duration, default: .duration(.milliseconds(30)), "for how long"),
        Parameter("duplicate", .percentage(0...100), default: .percentage(0), "share of packets that come twice"),
        Parameter(
            "bandwidth", .either(["unlimited"], .bitrate(1000...10_000_000_000)), default: .word("unlimited"),
            "what the link carries, IP and UDP headers included"),
        Parameter("queue", duration, default: .duration(.milliseconds(300)), "the longest wait for the bandwidth"),
        Parameter(
            "drift", .number(-1000...1000), default: .number(0), "of the sender's clock, in parts per million"),
        Parameter(
            "outage-interval", .duration(.zero ... .seconds(86_400)), default: .duration(.zero),
            "time from outage to outage"),
        Parameter("outage", duration, default: .duration(.zero), "how long an outage lasts"),
    ]

    private static let duration = ParameterType.duration(.zero ... .seconds(60))

    /// - Parameter values: of `parameters`.
    public init(_ values: StageArguments) {
        loss = values.percentage("loss") / 100
        burst = values.number("burst")
        hasExactBursts = values.word("burst-length") == "exact"
        burstLoss = values.percentage("burst-loss") / 100
        strayLoss = values.percentage("stray-loss") / 100
        delay = values.duration("delay")
        jitter = values.duration("jitter")
        distribution = values.word("distribution").flatMap(Jitter.init) ?? .normal
        keepsOrder = values.word("order") != "free"
        spikes = values.percentage("spikes") / 100
        spikeHeight = values.duration("spike-height")
        reorder = values.percentage("reorder") / 100
        reorderDelay = values.duration("reorder-delay")
        duplicate = values.percentage("duplicate") / 100
        bandwidth = values.word("bandwidth") == nil ? values.bitrate("bandwidth") : nil
        queue = values.duration("queue")
        drift = values.number("drift")
        outageInterval = values.duration("outage-interval")
        outage = values.duration("outage")
    }

    /// Reads a profile file: `network`, `description`, and any of `parameters`.
    /// - Parameter overrides: values that win over the file's.
    public static func load(
        text: String, file: String, overriding overrides: [String: ParameterValue] = [:]
    ) throws(PipelineErrors) -> NetworkProfile {
        let (values, titles) = try ParameterFile.load(
            text: text, file: file, owner: "a network profile", titles: ["network", "description"],
            parameters: parameters)
        var profile = NetworkProfile(values.replacing(overrides))
        profile.name = titles["network"] ?? file
        profile.description = titles["description"] ?? ""
        return profile
    }
}
