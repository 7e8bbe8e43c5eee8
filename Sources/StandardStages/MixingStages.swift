import MediaCore
import Mixing
import PipelineSpec

/// The stages of `Mixing`.
enum MixingStages {
    static let all = [gain, highPass, loudest, mix, limit]

    // The module's own defaults are the stages'.
    private static let selection = LoudestSelector.Configuration()
    private static let mixing = Mixer.Configuration()
    private static let limiting = Limiter.Configuration()

    static let gain = StageDescriptor(
        kind: "gain",
        summary: "Makes louder or softer by a fixed amount.",
        scopes: [.participant, .room, .listener],
        parameters: [Parameter("level", .level(.dB, -120...60), default: .level(0), "the gain")],
        typical: ["level": .level(-6)],
        builder: .frameFilter { arguments, _ in Gain(Decibels(arguments.level("level"))) })

    static let highPass = StageDescriptor(
        kind: "high-pass",
        summary: "Takes out what is below a frequency: rumble, handling noise, DC; 12 dB per octave.",
        scopes: [.participant, .room, .listener],
        parameters: [
            Parameter("cutoff", .frequency(10...1000), default: .frequency(80), "where the gain is -3 dB")
        ],
        builder: .frameFilter { arguments, format in HighPass(cutoff: arguments.frequency("cutoff"), format: format) })

    static let loudest = StageDescriptor(
        kind: "select.loudest",
        summary: "Lets at most so many voices be heard, the loudest; cross-fades between them.",
        scopes: [.room],
        parameters: [
            Parameter(
                "count", .count(1...64, unit: "voices"), default: .count(selection.count),
                "voices that are heard at most"),
            Parameter(
                "hold", .duration(.zero ... .seconds(10)), default: .duration(selection.hold),
                "how long a voice keeps its place after it was last at its level"),
            Parameter(
                "margin", .level(.dB, 0...40), default: .level(selection.margin.value),
                "by how much a newcomer must be louder than a voice within its hold"),
            Parameter(
                "release", .duration(.milliseconds(1) ... .seconds(5)), default: .duration(selection.release),
                "the time in which a level counts as fallen by 10 dB"),
        ],
        builder: .voiceSelector { arguments, format, places in
            LoudestSelector(
                format: format, places: places,
                .init(
                    count: arguments.count("count"), hold: arguments.duration("hold"),
                    margin: Decibels(arguments.level("margin")), release: arguments.duration("release")))
        })

    static let mix = StageDescriptor(
        kind: "mix",
        summary: "Adds the voices, once per exclusion class.",
        scopes: [.room],
        parameters: [
            Parameter(
                "exclude", .choice(["self", "nobody"]), default: .word("self"),
                "whether listeners are left out of their own mix"),
            Parameter(
                "fade", .duration(.zero ... .seconds(1)), default: .duration(mixing.fade),
                "how long a voice takes to come, go or change its gain"),
        ],
        builder: .voiceMixer { arguments, format, places in
            Mixer(
                format: format, places: places,
                .init(fade: arguments.duration("fade"), includesExcluded: arguments.word("exclude") == "nobody"))
        })

    static let limit = StageDescriptor(
        kind: "limit",
        summary: "Keeps true peaks under the ceiling by turning down in time; otherwise changes nothing.",
        scopes: [.room, .listener],
        parameters: [
            Parameter(
                "ceiling", .level(.dBFS, -60...0), default: .level(limiting.ceiling.value), "the highest true peak"),
            Parameter(
                "look-ahead", .duration(.microseconds(500) ... .milliseconds(50)),
                default: .duration(limiting.lookAhead),
                "how long before a peak the gain begins to fall; the delay of the stage"),
            Parameter(
                "release", .duration(.milliseconds(1) ... .seconds(5)), default: .duration(limiting.release),
                "the time constant of the way back"),
        ],
        latency: { arguments, format in configuration(arguments).latency(format) },
        builder: .frameFilter { arguments, format in Limiter(format: format, configuration(arguments)) })

    private static func configuration(_ arguments: StageArguments) -> Limiter.Configuration {
        .init(
            ceiling: Decibels(arguments.level("ceiling")), lookAhead: arguments.duration("look-ahead"),
            release: arguments.duration("release"))
    }
}
