import MediaCore
import PipelineSpec
import SpeechActivity

/// The stages of `SpeechActivity`.
enum SpeechStages {
    static let all = [gate]

    /// The module's own defaults are the stage's.
    private static let standard = SilenceGate.Configuration()

    static let gate = StageDescriptor(
        kind: "silence.gate",
        summary: "Passes speech and makes the rest silent, against a noise floor that it learns.",
        scopes: [.participant],
        parameters: [
            Parameter(
                "threshold", .either(["auto"], .level(.dBov, -90...0)), default: .word("auto"),
                "nothing softer opens the gate; auto leaves it to the noise floor"),
            Parameter(
                "margin", .level(.dB, 1...30), default: .level(standard.margin.value),
                "how far speech must stand out from the noise floor"),
            Parameter(
                "hysteresis", .level(.dB, 0...20), default: .level(standard.hysteresis.value),
                "by how much an open gate is easier to keep open than a closed one to open"),
            Parameter(
                "hangover", .duration(.zero ... .seconds(5)), default: .duration(standard.hangover),
                "how long the gate stays open after the last speech"),
            Parameter(
                "look-ahead", .duration(.zero ... .milliseconds(200)), default: .duration(standard.lookAhead),
                "how long before speech the gate opens; the delay of the stage"),
            Parameter(
                "attack", .duration(.zero ... .milliseconds(100)), default: .duration(standard.attack),
                "how long opening takes"),
            Parameter(
                "release", .duration(.zero ... .seconds(1)), default: .duration(standard.release),
                "how long closing takes"),
            Parameter(
                "floor", .either(["silence"], .level(.dB, -60...0)), default: .word("silence"),
                "what is left when closed: nothing, which spares later stages their work, or the sound at this gain"),
        ],
        latency: { arguments, format in configuration(arguments).latency(format) },
        validate: { arguments, _ in
            guard arguments.duration("attack") > arguments.duration("look-ahead") else { return nil }
            return StageProblem(
                parameter: "attack", "the attack is longer than the look-ahead, so first syllables would be cut")
        },
        builder: .frameFilter { arguments, format in SilenceGate(format: format, configuration(arguments)) })

    private static func configuration(_ arguments: StageArguments) -> SilenceGate.Configuration {
        var configuration = SilenceGate.Configuration()
        configuration.threshold = arguments.word("threshold") == nil ? Decibels(arguments.level("threshold")) : nil
        configuration.margin = Decibels(arguments.level("margin"))
        configuration.hysteresis = Decibels(arguments.level("hysteresis"))
        configuration.hangover = arguments.duration("hangover")
        configuration.lookAhead = arguments.duration("look-ahead")
        configuration.attack = arguments.duration("attack")
        configuration.release = arguments.duration("release")
        configuration.floor = Decibels(arguments.word("floor") == nil ? arguments.level("floor") : -.infinity)
        return configuration
    }
}
