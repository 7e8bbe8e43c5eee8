import PipelineSpec

/// The keys of a scenario file.
extension Scenario {
    static let sections = ["channels", "people", "hostile", "events"]
    private static let long = ParameterType.duration(.zero ... .seconds(86_400))

    static let titleKeys = ["scenario", "description"]

    static let generalParameters = [
        Parameter("duration", .duration(.seconds(1) ... .seconds(7 * 86_400)), default: nil, "of the whole, virtual"),
        Parameter("shards", .count(1...16), default: .count(1), "media threads there would be"),
        Parameter(
            "check", .duration(.milliseconds(100) ... .seconds(600)), default: .duration(.seconds(2)), "interval"),
        Parameter("sample", .count(1...100_000), default: .count(5), "of so many people one is listened to"),
    ]

    static let channelParameters = [
        Parameter("guild", .count(1...100_000), default: .count(1), "number of the guild"),
        Parameter("places", .count(1...64), default: .count(16), "who can be heard at the same time"),
    ]

    static let crowdParameters = [
        Parameter("count", .count(1...20_000), default: .count(1), "how many of them there are"),
        Parameter("talk", long, default: .duration(.zero), "mean length of a talk-spurt; 0 s: they say nothing"),
        Parameter("pause", long, default: .duration(.seconds(10)), "mean length of the pause after it"),
        Parameter("arrival", long, default: .duration(.seconds(5)), "within which they come first"),
        Parameter("stay", long, default: .duration(.zero), "mean time until they leave; 0 s: never"),
        Parameter("away", long, default: .duration(.seconds(30)), "mean time until they are back"),
        Parameter("self-mutes-every", long, default: .duration(.zero), "mean time between; 0 s: never"),
        Parameter("server-mutes-every", long, default: .duration(.zero), "mean time between; 0 s: never"),
        Parameter("local-mutes-every", long, default: .duration(.zero), "mean time between; 0 s: never"),
        Parameter("deafens-every", long, default: .duration(.zero), "mean time between; 0 s: never"),
        Parameter("resumes-every", long, default: .duration(.zero), "mean time between lost WebSockets"),
        Parameter("crashes-every", long, default: .duration(.zero), "mean time between going without a word"),
        Parameter("moves-every", long, default: .duration(.zero), "mean time between changes of address (NAT)"),
    ]

    static let bandParameters = [
        Parameter("count", .count(1...1000), default: .count(1), "how many of them there are"),
        Parameter(
            "every", .duration(.milliseconds(1) ... .seconds(600)), default: .duration(.seconds(1)),
            "mean time between two attacks of each"),
    ]

    static let incidentParameters = [
        Parameter("at", long, default: nil, "when it happens"),
        Parameter("do", .choice(Incident.Kind.allCases.map(\.rawValue)), default: nil, "what happens"),
    ]
}
